import { callForeign } from "../../../sdk/assembly";
import { hmacSha256 } from "./sha256";

/** Who may have signed a token: by a shared secret (HS256) or a public key (RS256, RFC 7518 sections 3.2 and 3.3). */
export class Key {
  constructor(public algorithm: string, private bytes: ArrayBuffer) {}

  verifies(text: ArrayBuffer, signature: ArrayBuffer): bool {
    if (this.algorithm == "HS256")
      return equal(hmacSha256(Uint8Array.wrap(this.bytes), Uint8Array.wrap(text)), Uint8Array.wrap(signature));
    return this.verifiedByHost(text, signature);
  }

  /** The foreign function of Envoy and Loom: {hash_function = 1, public_key = 2, signature = 3, text = 4} → {result = 1}. */
  private verifiedByHost(text: ArrayBuffer, signature: ArrayBuffer): bool {
    const question: u8[] = [];
    field(question, 1, String.UTF8.encode("sha256"));
    field(question, 2, this.bytes);
    field(question, 3, signature);
    field(question, 4, text);
    const bytes = new Uint8Array(question.length);
    bytes.set(question);
    const answer = callForeign("verify_signature", bytes.buffer);
    if (!answer || answer.byteLength < 2) return false;
    const parts = Uint8Array.wrap(answer);
    return parts[0] == 0x08 && parts[1] == 1;
  }
}

/** One length-delimited field of a protobuf message. */
function field(into: u8[], number: u32, bytes: ArrayBuffer): void {
  into.push(<u8>((number << 3) | 2));
  let length = <u32>bytes.byteLength;
  while (length >= 0x80) {
    into.push(<u8>(length | 0x80));
    length >>= 7;
  }
  into.push(<u8>length);
  const view = Uint8Array.wrap(bytes);
  for (let i = 0; i < view.length; i++) into.push(view[i]);
}

/** In a time that tells nothing about where they differ. */
function equal(a: Uint8Array, b: Uint8Array): bool {
  if (a.length != b.length) return false;
  let difference: u8 = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i] ^ b[i];
  return difference == 0;
}
