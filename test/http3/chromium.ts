import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex, Readable } from 'node:stream';

export interface BrowserOptions {
  /** `host:port` of what is asked over HTTP/3 from the first request on. */
  readonly origins: readonly string[];
  /** PEM: chains with one of these are believed. Browsers trust no authority of ours otherwise. */
  readonly certificates: readonly string[];
}

/** What the browser tells of a response. */
export interface Seen {
  readonly url: string;
  /** `h3` */
  readonly protocol: string;
  /** Common name of the certificate. */
  readonly subject: string;
  /** `X25519MLKEM768` */
  readonly group: string;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
  readonly params?: Record<string, unknown>;
}

/** One page of a Chromium without a window, told what to do by the DevTools protocol over a pipe; all hosts are this machine. */
export class Chromium {
  readonly responses: Seen[] = [];
  readonly #child: ChildProcess;
  readonly #profile: string;
  readonly #waiting = new Map<number, (message: Message) => void>();
  #session: string | undefined;
  #last = 0;

  private constructor({ origins, certificates }: BrowserOptions) {
    this.#profile = mkdtempSync(join(tmpdir(), 'loom-chromium-'));
    const words = [
      // Containers have no namespaces for its sandbox.
      '--no-sandbox',
      '--remote-debugging-pipe',
      `--user-data-dir=${this.#profile}`,
      '--host-resolver-rules=MAP * 127.0.0.1',
      `--origin-to-force-quic-on=${origins.join(',')}`,
      `--ignore-certificate-errors-spki-list=${certificates.map(keyPin).join(',')}`,
      // Off by default until servers are known that have them.
      '--enable-features=EnableWebsocketsOverHttp3',
      'about:blank',
    ];
    this.#child = spawn('chromium-headless-shell', words, {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let text = '';
    (this.#child.stdio[4] as Readable).setEncoding('utf8').on('data', (piece: string) => {
      const messages = (text + piece).split('\0');
      text = messages.pop() ?? '';
      for (const message of messages) this.#heard(JSON.parse(message) as Message);
    });
  }

  static async start(options: BrowserOptions): Promise<Chromium> {
    const browser = new Chromium(options);
    await once(browser.#child, 'spawn');
    const { targetId } = await browser.#say('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await browser.#say('Target.attachToTarget', { targetId, flatten: true });
    browser.#session = sessionId as string;
    await browser.#say('Network.enable');
    await browser.#say('Page.enable');
    return browser;
  }

  /** Goes to that address: scripts are of its origin from then on. Rejects where there is none. */
  async open(url: string): Promise<void> {
    const answer = await this.#say('Page.navigate', { url });
    if (answer['errorText'] !== undefined) throw new Error(`${url}: ${JSON.stringify(answer)}`);
  }

  /** What the body of an async function gives back, as JSON does it. */
  async run(body: string): Promise<unknown> {
    const { result, exceptionDetails } = await this.#say('Runtime.evaluate', {
      expression: `(async () => {${body}})()`,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { readonly value?: unknown }).value;
  }

  async close(): Promise<void> {
    const ended = once(this.#child, 'exit');
    // It and the processes that it has started.
    process.kill(-(this.#child.pid as number), 'SIGKILL');
    await ended;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }

  async #say(method: string, params: object = {}): Promise<Record<string, unknown>> {
    const id = ++this.#last;
    const answer = new Promise<Message>((resolve) => this.#waiting.set(id, resolve));
    const message = { id, method, params, ...(this.#session && { sessionId: this.#session }) };
    (this.#child.stdio[3] as Duplex).write(`${JSON.stringify(message)}\0`);
    const { result, error } = await answer;
    if (!result) throw new Error(`${method}: ${error?.message ?? 'nothing'}`);
    return result;
  }

  #heard(message: Message): void {
    if (message.id !== undefined) {
      this.#waiting.get(message.id)?.(message);
      this.#waiting.delete(message.id);
    } else if (message.method === 'Network.responseReceived') {
      const { response } = message.params as {
        readonly response: {
          readonly url: string;
          readonly protocol: string;
          readonly securityDetails?: { readonly subjectName: string; readonly keyExchangeGroup?: string };
        };
      };
      const { url, protocol, securityDetails: details } = response;
      this.responses.push({
        url,
        protocol,
        subject: details?.subjectName ?? '',
        group: details?.keyExchangeGroup ?? '',
      });
    }
  }
}

/** Of the public key, as the browser has it. */
function keyPin(certificate: string): string {
  const key = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(key).digest('base64');
}
