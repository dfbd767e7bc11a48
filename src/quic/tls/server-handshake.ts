import { randomBytes, timingSafeEqual } from 'node:crypto';
import { PacketKeys } from '../crypto/packet-keys.ts';
import type { Sealer } from '../crypto/sealer.ts';
import { suites, type CipherSuite } from '../crypto/suite.ts';
import { alerts, tlsError, TransportError, transportCodes } from '../errors.ts';
import { levels, type Level } from '../levels.ts';
import { readClientHello, type ClientHello } from './client-hello.ts';
import { ClientProof, type ClientVerifier } from './client-proof.ts';
import { commonScheme, signTranscript, type Identity } from './identity.ts';
import { finishedMac, KeySchedule, resumptionPsk, Transcript } from './key-schedule.ts';
import { agree, chooseGroup } from './key-share.ts';
import { MessageCutter, messageTypes } from './messages.ts';
import {
  certificate,
  certificateVerify,
  encryptedExtensions,
  finished,
  helloRetryRequest,
  newSessionTicket,
  serverHello,
} from './server-messages.ts';
import { openSession, sealSession, ticketLifetimeSeconds } from './tickets.ts';

export interface HandshakeOptions {
  /** Undefined: there is none for that name. Empty: the client has named none. */
  identityFor(serverName: string): Identity | undefined;
  /** Application protocols, the preferred first. */
  readonly protocols: readonly string[];
  /** Seals sessions; undefined: none is resumed. */
  tickets(): Sealer | undefined;
  /** Undefined: clients are asked for no certificates. Those that are asked resume nothing: each connection has its own proof. */
  clientVerifier(): ClientVerifier | undefined;
}

/** What the connection does with what TLS says (RFC 9001 section 4). */
export interface HandshakeSink {
  /** Takes the client's transport parameters, and gives the server's. May throw. */
  exchangeParameters(theirs: Buffer): Buffer;
  send(level: Level, bytes: Buffer): void;
  handshakeKeys(read: PacketKeys, write: PacketKeys): void;
  /** Nothing may be read with them before `complete`. */
  applicationKeys(read: PacketKeys, write: PacketKeys): void;
  complete(): void;
}

type State = 'hello' | 'second-hello' | 'certificate' | 'certificate-verify' | 'finished' | 'done';

/** The server's side of a TLS 1.3 handshake in QUIC (RFC 8446 section 2, RFC 9001 section 4): no early data. */
export class ServerHandshake {
  serverName = '';
  protocol = '';
  identity: Identity | undefined;
  resumed = false;
  /** Of a client that is asked for its certificate. */
  proof: ClientProof | undefined;
  readonly #options: HandshakeOptions;
  readonly #sink: HandshakeSink;
  readonly #cutters = [new MessageCutter(), new MessageCutter(), new MessageCutter()] as const;
  #state: State = 'hello';
  #suite: CipherSuite | undefined;
  #transcript: Transcript | undefined;
  #schedule: KeySchedule | undefined;
  #clientSecret: Buffer = Buffer.alloc(0);
  #retriedGroup = 0;
  #takesTickets = false;

  constructor(options: HandshakeOptions, sink: HandshakeSink) {
    this.#options = options;
    this.#sink = sink;
  }

  /** Bytes of CRYPTO frames, in their order. Throws what ends the connection. */
  receive(level: Level, bytes: Buffer): void {
    const cutter = this.#cutters[level];
    cutter.add(bytes);
    for (;;) {
      const message = cutter.next();
      if (!message) return;
      this.#take(level, message);
    }
  }

  #take(level: Level, message: Buffer): void {
    const type = message[0];
    const isHello = this.#state === 'hello' || this.#state === 'second-hello';
    if (type === messageTypes.clientHello && level === levels.initial && isHello) this.#hello(message);
    else if (level === levels.handshake) this.#answered(type, message);
    else throw tlsError(alerts.unexpectedMessage, `message ${type}`);
  }

  /** What the client says to the server's Finished (RFC 8446 section 4.4). */
  #answered(type: number | undefined, message: Buffer): void {
    const [proof, transcript] = [this.proof, this.#transcript];
    if (type === messageTypes.finished && this.#state === 'finished') return this.#finished(message);
    if (type === messageTypes.certificate && this.#state === 'certificate' && proof)
      this.#state = proof.show(message) ? 'certificate-verify' : 'finished';
    else if (type === messageTypes.certificateVerify && this.#state === 'certificate-verify' && transcript) {
      proof?.prove(message, transcript.digest());
      this.#state = 'finished';
    } else throw tlsError(alerts.unexpectedMessage, `message ${type}`);
    transcript?.add(message);
  }

  #hello(message: Buffer): void {
    const hello = readClientHello(message);
    const suite = this.#chooseSuite(hello);
    const transcript = (this.#transcript ??= new Transcript(suite));
    const choice = chooseGroup(hello.groups, hello.shares);
    if (!choice) throw tlsError(alerts.handshakeFailure, 'no group in common');
    const { group, retry } = choice;
    if (this.#state === 'second-hello' && (retry || group.id !== this.#retriedGroup))
      throw tlsError(
        alerts.illegalParameter,
        'a second ClientHello without the key share that was asked for',
      );
    if (retry) {
      this.#retriedGroup = group.id;
      transcript.add(message);
      transcript.replaceByItsHash();
      const request = helloRetryRequest(suite, group.id);
      transcript.add(request);
      this.#sink.send(levels.initial, request);
      this.#state = 'second-hello';
      return;
    }
    if (!this.#cutters[levels.initial].isEmpty)
      throw tlsError(alerts.unexpectedMessage, 'bytes behind the ClientHello');
    this.#answer(hello, message, suite, transcript, group);
  }

  #chooseSuite({ suites: offered }: ClientHello): CipherSuite {
    const suite = offered.map((id) => suites.get(id)).find((one) => one !== undefined);
    if (!suite) throw tlsError(alerts.handshakeFailure, 'no cipher suite in common');
    if (this.#suite && this.#suite !== suite)
      throw tlsError(alerts.illegalParameter, 'a second ClientHello with other cipher suites');
    return (this.#suite = suite);
  }

  #answer(
    hello: ClientHello,
    message: Buffer,
    suite: CipherSuite,
    transcript: Transcript,
    group: Parameters<typeof agree>[0],
  ): void {
    const sink = this.#sink;
    this.serverName = hello.serverName;
    const protocol = this.#options.protocols.find((one) => hello.protocols.includes(one));
    if (protocol === undefined) throw tlsError(alerts.noApplicationProtocol, hello.protocols.join(' '));
    this.protocol = protocol;
    const identity = this.#options.identityFor(hello.serverName);
    if (!identity) throw tlsError(alerts.unrecognizedName, `no certificate for ${hello.serverName}`);
    this.identity = identity;
    const parameters = sink.exchangeParameters(hello.quicParameters);
    const verifier = this.#options.clientVerifier();
    this.proof = verifier && new ClientProof(verifier);
    this.#takesTickets = hello.resumesWithKeyExchange && !verifier;

    const psk = this.#resume(hello, message, suite, transcript);
    const schedule = new KeySchedule(suite, psk);
    this.#schedule = schedule;
    transcript.add(message);
    const { share, secret } = agree(group, hello.shares.get(group.id) as Buffer);
    const say = (level: Level, text: Buffer): void => {
      transcript.add(text);
      sink.send(level, text);
    };
    say(
      levels.initial,
      serverHello(randomBytes(32), suite, { group: group.id, bytes: share }, psk !== undefined),
    );

    schedule.toHandshake(secret);
    const hellos = transcript.digest();
    this.#clientSecret = schedule.derive('c hs traffic', hellos);
    const serverSecret = schedule.derive('s hs traffic', hellos);
    sink.handshakeKeys(new PacketKeys(suite, this.#clientSecret), new PacketKeys(suite, serverSecret));

    say(levels.handshake, encryptedExtensions(protocol, parameters));
    if (!psk) {
      const scheme = commonScheme(identity, hello.schemes);
      if (!scheme) throw tlsError(alerts.handshakeFailure, 'no signature scheme in common');
      if (this.proof) say(levels.handshake, this.proof.request);
      say(levels.handshake, certificate(identity.chain));
      say(
        levels.handshake,
        certificateVerify(scheme.id, signTranscript(identity, scheme, transcript.digest())),
      );
    }
    say(levels.handshake, finished(finishedMac(suite, serverSecret, transcript.digest())));

    schedule.toMaster();
    const all = transcript.digest();
    sink.applicationKeys(
      new PacketKeys(suite, schedule.derive('c ap traffic', all)),
      new PacketKeys(suite, schedule.derive('s ap traffic', all)),
    );
    this.#state = this.proof ? 'certificate' : 'finished';
  }

  /** RFC 8446 section 4.2.11: the PSK of the first ticket, if it is one of ours. Its binder must be right. */
  #resume(
    hello: ClientHello,
    message: Buffer,
    suite: CipherSuite,
    transcript: Transcript,
  ): Buffer | undefined {
    const sealer = this.#options.tickets();
    const { psk: offered, resumesWithKeyExchange } = hello;
    if (!sealer || !offered || !resumesWithKeyExchange || this.proof) return undefined;
    const [ticket, binder] = [offered.identities[0], offered.binders[0]];
    if (!ticket || !binder) return undefined;
    const session = openSession(sealer, ticket, Buffer.from(hello.serverName), Date.now());
    if (!session || suites.get(session.suite)?.hash !== suite.hash) return undefined;
    const bound = transcript.copy();
    bound.add(message.subarray(0, offered.boundBytes));
    const binderKey = new KeySchedule(suite, session.psk).derive('res binder');
    const mac = finishedMac(suite, binderKey, bound.digest());
    if (binder.length !== mac.length || !timingSafeEqual(binder, mac))
      throw tlsError(alerts.decryptError, 'a wrong binder');
    this.resumed = true;
    return session.psk;
  }

  #finished(message: Buffer): void {
    const [suite, transcript, schedule] = [this.#suite, this.#transcript, this.#schedule];
    if (!suite || !transcript || !schedule)
      throw new TransportError(transportCodes.internal, 'no hello before');
    const mac = finishedMac(suite, this.#clientSecret, transcript.digest());
    const theirs = message.subarray(4);
    if (theirs.length !== mac.length || !timingSafeEqual(theirs, mac))
      throw tlsError(alerts.decryptError, 'a wrong Finished');
    if (!this.#cutters[levels.handshake].isEmpty)
      throw tlsError(alerts.unexpectedMessage, 'bytes behind Finished');
    transcript.add(message);
    this.#state = 'done';
    this.#sendTicket(suite, schedule.derive('res master', transcript.digest()));
    this.#schedule = this.#transcript = undefined;
    this.#sink.complete();
  }

  #sendTicket(suite: CipherSuite, resumption: Buffer): void {
    const sealer = this.#options.tickets();
    if (!sealer || !this.#takesTickets) return;
    const nonce = randomBytes(8);
    const session = { suite: suite.id, psk: resumptionPsk(suite, resumption, nonce) };
    const ticket = sealSession(sealer, session, Buffer.from(this.serverName), Date.now());
    const ageAdd = randomBytes(4).readUInt32BE();
    this.#sink.send(levels.application, newSessionTicket(ticketLifetimeSeconds, ageAdd, nonce, ticket));
  }
}
