/** Types of manifests and layers, from the OCI image specification, docker and the conventions for wasm that are in use. */

export const ociManifest = 'application/vnd.oci.image.manifest.v1+json';
export const ociIndex = 'application/vnd.oci.image.index.v1+json';
export const dockerManifest = 'application/vnd.docker.distribution.manifest.v2+json';
export const dockerList = 'application/vnd.docker.distribution.manifest.list.v2+json';
export const manifestTypes = [ociManifest, ociIndex, dockerManifest, dockerList];

/** CNCF TAG Runtime, "Wasm OCI artifact layout". */
export const wasmConfig = 'application/vnd.wasm.config.v0+json';
export const wasmLayer = 'application/wasm';
/** Of the WebAssembly component model, which is another thing than a Proxy-Wasm module. */
export const componentLayer = 'application/vnd.bytecodealliance.wasm.component.layer.v0+wasm';
/** What cosign signs (Red Hat's simple signing). */
export const simpleSigning = 'application/vnd.dev.cosign.simplesigning.v1+json';
