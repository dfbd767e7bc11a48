import { decodeJwt, errors, jwtVerify, type JWTPayload } from 'jose';
import type { LoomRouteSpecRuleJwt, LoomRouteSpecRuleJwtProvider } from '../api/types.gen.ts';
import { LoomError } from '../errors.ts';
import type { Exchange } from '../http/exchange.ts';
import { toMs } from '../model/duration.ts';
import { hasScopes, writeClaims } from './jwt/claims.ts';
import { inlineKeys, type KeyFinder } from './jwt/key-set.ts';
import { tokenPlaces, type TokenPlace } from './jwt/token-places.ts';
import { VerifiedTokens, type Verified } from './jwt/verified-tokens.ts';
import type { Middleware, Site } from './middleware.ts';
import { order } from './order.ts';

/** JSON Web Tokens (RFC 7519) signed by a key of one of the providers; the signature decides, and then what the token says. */
export const jwt: Middleware<LoomRouteSpecRuleJwt> = {
  name: 'jwt',
  order: order.jwt,
  compile(settings, site) {
    const gate = new Gate(settings, site);
    return {
      name: 'jwt',
      request: (exchange) => gate.admit(exchange),
      close: () => gate.close(),
    };
  },
};

interface Provider {
  readonly settings: LoomRouteSpecRuleJwtProvider;
  readonly find: KeyFinder;
}

const seconds = (): number => Math.floor(Date.now() / 1000);

class Gate {
  readonly #providers: readonly Provider[];
  readonly #places: readonly TokenPlace[];
  readonly #verified = new VerifiedTokens();
  readonly #settings: LoomRouteSpecRuleJwt;
  /** Whatever a client writes there is not a claim. */
  readonly #claimHeaders: readonly string[];
  readonly #skewSeconds: number;
  readonly #site: Site;
  readonly #passed;
  readonly #anonymous;
  readonly #refused;

  constructor(settings: LoomRouteSpecRuleJwt, site: Site) {
    this.#settings = settings;
    this.#site = site;
    this.#places = tokenPlaces(settings.tokenFrom);
    this.#skewSeconds = toMs(settings.clockSkew) / 1000;
    this.#providers = settings.providers.map((one) => ({
      settings: one,
      find:
        one.jwks === undefined
          ? site.keySets.use(one.jwksUrl ?? '', toMs(one.refreshInterval))
          : inlineKeys(one.jwks),
    }));
    const written = settings.providers.flatMap(({ claimHeaders = [] }) => claimHeaders);
    this.#claimHeaders = [...new Set(written.map(({ header }) => header.toLowerCase()))];
    this.#passed = site.counter('passed');
    this.#anonymous = site.counter('anonymous');
    this.#refused = site.counter('refused');
  }

  admit(exchange: Exchange): undefined | Promise<undefined> {
    const { headers } = exchange.request;
    if (this.#claimHeaders.length > 0) headers.deleteAny(this.#claimHeaders);
    for (const place of this.#places) {
      const token = place.read(exchange);
      if (token === undefined || token === '') continue;
      const known = this.#verified.get(token, seconds());
      if (known) return this.#pass(exchange, place, known);
      return this.#verify(token).then((verified) => this.#pass(exchange, place, verified));
    }
    if (!this.#settings.optional) throw this.#refuse('unauthorized', 'no token', challenge());
    this.#anonymous.value++;
    return undefined;
  }

  close(): void {
    for (const { jwks, jwksUrl = '', refreshInterval } of this.#settings.providers)
      if (jwks === undefined) this.#site.keySets.release(jwksUrl, toMs(refreshInterval));
  }

  #pass(exchange: Exchange, place: TokenPlace, { payload, provider }: Verified): undefined {
    const { scopes = [], claimHeaders = [] } = (this.#providers[provider] as Provider).settings;
    if (!hasScopes(payload, scopes))
      throw this.#refuse('forbidden', 'the token lacks a scope', challenge('insufficient_scope', scopes));
    if (this.#settings.removeToken) place.remove(exchange);
    writeClaims(payload, claimHeaders, exchange.request.headers);
    this.#passed.value++;
    return undefined;
  }

  /** By the providers of its issuer, and those that take any; the first whose key and claims fit. */
  async #verify(token: string): Promise<Verified> {
    let issuer: string | undefined;
    try {
      issuer = decodeJwt(token).iss;
    } catch {
      throw this.#refuse('unauthorized', 'the token is malformed', challenge('invalid_token'));
    }
    let problem: unknown = new Error(`no provider for the issuer ${String(issuer)}`);
    for (const [index, { settings, find }] of this.#providers.entries()) {
      if (settings.issuer !== undefined && settings.issuer !== issuer) continue;
      try {
        return this.#verified.add(token, await this.#check(token, settings, find), index, seconds());
      } catch (error) {
        problem = error;
      }
    }
    if (problem instanceof LoomError) throw problem;
    const why = problem instanceof errors.JWTExpired ? 'the token has expired' : String(problem);
    throw this.#refuse('unauthorized', why, challenge('invalid_token'));
  }

  async #check(token: string, settings: LoomRouteSpecRuleJwtProvider, find: KeyFinder): Promise<JWTPayload> {
    const { payload } = await jwtVerify(token, find, {
      clockTolerance: this.#skewSeconds,
      ...(settings.issuer === undefined ? {} : { issuer: settings.issuer }),
      ...(settings.audiences ? { audience: [...settings.audiences] } : {}),
    });
    return payload;
  }

  #refuse(code: 'unauthorized' | 'forbidden', detail: string, authenticate: string): LoomError {
    this.#refused.value++;
    const error = new LoomError(code, detail);
    error.authenticate = authenticate;
    return error;
  }
}

/** RFC 6750 section 3: a request without a token gets no error code. */
function challenge(error?: 'invalid_token' | 'insufficient_scope', scopes: readonly string[] = []): string {
  if (error === undefined) return 'Bearer';
  return `Bearer error="${error}"${scopes.length > 0 ? `, scope="${scopes.join(' ')}"` : ''}`;
}
