import { Json, JsonType } from "../../../sdk/assembly";
import { decodeBase64 } from "./base64";
import { Key } from "./signature";

export class Config {
  key: Key = new Key("", new ArrayBuffer(0));
  issuer: string = "";
  audience: string = "";
  leewaySeconds: f64 = 30;
  /** [claim, header, …] */
  claimHeaders: string[] = [];

  /** What is wrong, or nothing. */
  read(json: Json | null): string {
    if (!json || !json.isObject) return "the configuration must be an object";
    const secret = json.get("secret");
    const publicKey = json.get("publicKey");
    if ((secret == null) == (publicKey == null)) return "exactly one of secret and publicKey must be given";
    if (secret) {
      if (!secret.isText || secret.text.length < 16) return "secret must be a text of at least 16 characters";
      this.key = new Key("HS256", String.UTF8.encode(secret.text));
    }
    if (publicKey) {
      const der = publicKey.isText ? decodePem(publicKey.text) : null;
      if (!der) return "publicKey must be a public key in PEM";
      this.key = new Key("RS256", der);
    }
    const issuer = json.get("issuer");
    if (issuer) this.issuer = issuer.text;
    const audience = json.get("audience");
    if (audience) this.audience = audience.text;
    const leeway = json.get("leewaySeconds");
    if (leeway) {
      if (leeway.type != JsonType.Number || !(leeway.number >= 0)) return "leewaySeconds must be a number from 0 on";
      this.leewaySeconds = leeway.number;
    }
    const headers = json.get("claimHeaders");
    if (!headers) return "";
    if (!headers.isObject) return "claimHeaders must map claims to header names";
    const claims = headers.object.keys();
    for (let i = 0; i < claims.length; i++) {
      const name = headers.object.get(claims[i]);
      if (!name.isText || name.text == "") return "claimHeaders must map claims to header names";
      this.claimHeaders.push(claims[i]);
      this.claimHeaders.push(name.text.toLowerCase());
    }
    return "";
  }
}

const begin = "-----BEGIN PUBLIC KEY-----";
const end = "-----END PUBLIC KEY-----";

function decodePem(text: string): ArrayBuffer | null {
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  return from < 0 || to < from ? null : decodeBase64(text.substring(from + begin.length, to));
}
