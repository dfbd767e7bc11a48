export * from "../../../sdk/assembly/exports";
import {
  Action, bytesOf, Exchange, Json, JsonType, log, LogLevel, now, parseJson, Plugin, register, request, respond, textOf, writeJson,
} from "../../../sdk/assembly";
import { decodeBase64 } from "./base64";
import { Config } from "./config";

class JwtCheck extends Plugin {
  config: Config = new Config();

  onConfigure(config: string): bool {
    const problem = this.config.read(parseJson(config));
    if (problem == "") return true;
    log(LogLevel.Error, problem);
    return false;
  }

  createExchange(): Exchange {
    return new Checking(this.config);
  }
}

class Checking extends Exchange {
  constructor(private config: Config) { super(); }

  onRequestHeaders(count: u32, end: bool): Action {
    const field = request.get("authorization");
    if (field === null || field.length <= 7 || field.substring(0, 7).toLowerCase() != "bearer ") return refuse("", "no token");
    const claims = this.verified(field.substring(7));
    if (!claims) return refuse("invalid_token", "the token is not signed as it must be");
    const problem = this.check(claims);
    if (problem != "") return refuse("invalid_token", problem);
    this.tell(claims);
    return Action.Continue;
  }

  /** The claims of a token whose signature is right (RFC 7515 section 5.2). The key says the algorithm, never the token. */
  private verified(token: string): Json | null {
    const parts = token.split(".");
    if (parts.length != 3) return null;
    const head = decodeBase64(parts[0]);
    const payload = decodeBase64(parts[1]);
    const signature = decodeBase64(parts[2]);
    if (!head || !payload || !signature) return null;
    const header = parseJson(textOf(head));
    const algorithm = header ? header.get("alg") : null;
    if (!algorithm || algorithm.text != this.config.key.algorithm) return null;
    if (!this.config.key.verifies(bytesOf(parts[0] + "." + parts[1]), signature)) return null;
    const claims = parseJson(textOf(payload));
    return claims && claims.isObject ? claims : null;
  }

  /** RFC 7519 section 4.1. What is wrong, or nothing. */
  private check(claims: Json): string {
    const seconds = <f64>now() / 1e9;
    const leeway = this.config.leewaySeconds;
    const expires = claims.get("exp");
    if (expires && !(expires.type == JsonType.Number && expires.number + leeway > seconds)) return "the token has expired";
    const from = claims.get("nbf");
    if (from && !(from.type == JsonType.Number && from.number - leeway <= seconds)) return "the token is not valid yet";
    const issuer = claims.get("iss");
    if (this.config.issuer != "" && (!issuer || issuer.text != this.config.issuer)) return "the token is from another issuer";
    if (this.config.audience != "" && !this.isFor(claims.get("aud"))) return "the token is for another audience";
    return "";
  }

  private isFor(audience: Json | null): bool {
    if (!audience) return false;
    if (audience.isText) return audience.text == this.config.audience;
    for (let i = 0; i < audience.list.length; i++) if (audience.list[i].text == this.config.audience) return true;
    return false;
  }

  /** What the client itself says under these names must not reach the upstream. */
  private tell(claims: Json): void {
    const pairs = this.config.claimHeaders;
    for (let i = 0; i < pairs.length; i += 2) {
      const claim = claims.get(pairs[i]);
      if (!claim) request.remove(pairs[i + 1]);
      else request.set(pairs[i + 1], claim.isText ? claim.text : writeJson(claim));
    }
  }
}

/** RFC 6750 section 3. */
function refuse(error: string, why: string): Action {
  const challenge = error == "" ? "Bearer" : "Bearer error=\"" + error + "\", error_description=\"" + why + "\"";
  respond(401, ["www-authenticate", challenge], why + "\n", "jwt_refused");
  return Action.Pause;
}

register((): Plugin => new JwtCheck());
