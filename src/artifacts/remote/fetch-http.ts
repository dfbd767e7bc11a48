import type { HttpSource } from '../../model/plugin.ts';
import type { NameRecord } from '../cache.ts';
import { readBody } from '../http/body.ts';
import { HttpClient } from '../http/client.ts';
import { refusal } from '../http/failure.ts';
import { basic } from '../oci/authorize.ts';
import { digestOf } from '../oci/digest.ts';
import { credentialFor } from '../oci/docker-config.ts';
import { maxModuleBytes } from '../size.ts';
import { SupplyError } from '../supply-error.ts';
import { unpackModule } from '../unpack.ts';
import { checkAllowed } from './allowed.ts';
import type { FetchContext, Fetched, Online } from './fetched.ts';

/** The module at a URL; what is in the cache is asked for by its validators (RFC 9110 section 13). Rejects with a SupplyError. */
export async function fetchHttp(source: HttpSource, context: FetchContext, online: Online): Promise<Fetched> {
  const url = new URL(source.url);
  const permit = ({ host, pathname }: URL): void => checkAllowed(context.policy.allow, `${host}${pathname}`);
  permit(url);
  if (context.policy.publicKeys.length > 0)
    throw new SupplyError(
      'NotAllowed',
      'signatures are required (plugin_sources.public_keys), and what a URL gives has none',
    );
  const { cache } = context;
  const key = ['http', source.url, source.pullSecret ?? ''];
  const record = await cache.name(key);
  const known = record && (await cache.content(record.digest));
  if (!online) {
    if (!known) throw new SupplyError('Fetching', `${source.url} is not in the cache`);
    return toFetched(known, source);
  }
  const transport = { ...source, foreignOnly: context.policy.foreignOnly ?? false };
  const http = new HttpClient(transport, online.signal, permit, context.timing);
  try {
    const credential =
      online.dockerConfig && credentialFor(online.dockerConfig, url.host, url.pathname.slice(1));
    const authorization = credential ? basic(credential) : undefined;
    const answer = await http.ask(url, { headers: known ? conditions(record) : {}, authorization });
    if (known && answer.status === 304) {
      await answer.body.dump();
      return await toFetched(known, source);
    }
    if (answer.status !== 200) {
      await answer.body.dump();
      throw refusal(answer, 'the module', '');
    }
    const bytes = await readBody(answer, maxModuleBytes, 'the module');
    context.received(bytes.length);
    const fetched = await toFetched(bytes, source);
    await cache.putContent(digestOf(bytes), bytes);
    await cache.putName(key, toRecord(bytes, answer.headers));
    return fetched;
  } finally {
    await http.close();
  }
}

async function toFetched(file: Uint8Array, { url }: HttpSource): Promise<Fetched> {
  const bytes = await unpackModule(file);
  if (!bytes)
    throw new SupplyError(
      'InvalidModule',
      `what ${new URL(url).host} sent is no module and no archive with one`,
    );
  return { bytes, from: url, digests: [digestOf(file)], isSigned: false };
}

const conditions = ({ etag, lastModified }: NameRecord): Record<string, string> => ({
  ...(etag ? { 'if-none-match': etag } : {}),
  ...(lastModified ? { 'if-modified-since': lastModified } : {}),
});

function toRecord(bytes: Uint8Array, headers: Readonly<Record<string, unknown>>): NameRecord {
  const { etag, 'last-modified': lastModified } = headers;
  return {
    digest: digestOf(bytes),
    ...(typeof etag === 'string' ? { etag } : {}),
    ...(typeof lastModified === 'string' ? { lastModified } : {}),
  };
}
