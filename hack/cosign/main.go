// Makes keys and signs images as cosign does, by its own libraries: the program itself has those of every cloud in it, which
// take most of the time of its build. Credentials come from DOCKER_CONFIG, authorities from SSL_CERT_FILE.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/sigstore/cosign/v3/pkg/cosign"
	"github.com/sigstore/cosign/v3/pkg/oci/mutate"
	"github.com/sigstore/cosign/v3/pkg/oci/remote"
	"github.com/sigstore/cosign/v3/pkg/oci/static"
	"github.com/sigstore/cosign/v3/pkg/types"
	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/sigstore/sigstore/pkg/signature/dsse"
	"github.com/sigstore/sigstore/pkg/signature/payload"
)

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(command, key, about string) error {
	if command == "key" {
		return generate(key, about)
	}
	private, err := os.ReadFile(key + ".key")
	if err != nil {
		return err
	}
	signer, err := cosign.LoadPrivateKey(private, nil, nil)
	if err != nil {
		return err
	}
	image, err := name.NewDigest(about)
	if err != nil {
		return err
	}
	if command == "bundle" {
		return bundle(signer, image)
	}
	return sign(signer, image)
}

// generate leaves a pair in `prefix`.key and .pub. algorithm: the name that sigstore gives it.
func generate(prefix, algorithm string) error {
	details, err := signature.ParseSignatureAlgorithmFlag(algorithm)
	if err != nil {
		return err
	}
	found, err := signature.GetAlgorithmDetails(details)
	if err != nil {
		return err
	}
	keys, err := cosign.GenerateKeyPairWithAlgorithm(&found, nil)
	if err != nil {
		return err
	}
	if err := os.WriteFile(prefix+".key", keys.PrivateBytes, 0o600); err != nil {
		return err
	}
	return os.WriteFile(prefix+".pub", keys.PublicBytes, 0o600)
}

// sign does what `cosign sign --new-bundle-format=false` does.
func sign(signer signature.Signer, image name.Digest) error {
	text, err := (&payload.Cosign{Image: image}).MarshalJSON()
	if err != nil {
		return err
	}
	raw, err := signer.SignMessage(bytes.NewReader(text))
	if err != nil {
		return err
	}
	layer, err := static.NewSignature(text, base64.StdEncoding.EncodeToString(raw))
	if err != nil {
		return err
	}
	entity, err := remote.SignedEntity(image)
	if err != nil {
		return err
	}
	if entity, err = mutate.AttachSignatureToEntity(entity, layer); err != nil {
		return err
	}
	return remote.WriteSignatures(image.Repository, entity)
}

// bundle does what cosign does since 3.0 unless it is told not to.
func bundle(signer signature.Signer, image name.Digest) error {
	hash := image.DigestStr()[len("sha256:"):]
	statement, err := json.Marshal(map[string]any{
		"_type":         "https://in-toto.io/Statement/v1",
		"subject":       []any{map[string]any{"digest": map[string]string{"sha256": hash}}},
		"predicateType": types.CosignSignPredicateType,
		"predicate":     map[string]any{},
	})
	if err != nil {
		return err
	}
	envelope, err := dsse.WrapSigner(signer, types.IntotoPayloadType).SignMessage(bytes.NewReader(statement))
	if err != nil {
		return err
	}
	text, err := json.Marshal(map[string]any{
		"mediaType":            "application/vnd.dev.sigstore.bundle.v0.3+json",
		"verificationMaterial": map[string]any{"publicKey": map[string]any{}},
		"dsseEnvelope":         json.RawMessage(envelope),
	})
	if err != nil {
		return err
	}
	return remote.WriteAttestationNewBundleFormat(image, text, types.CosignSignPredicateType)
}
