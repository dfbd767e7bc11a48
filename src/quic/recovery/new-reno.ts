import type { SentPacket } from './sent-packet.ts';

const lossReduction = 0.5;

/** NewReno of RFC 9002 section 7 and appendix B: how many bytes may be in flight. */
export class NewReno {
  window: number;
  /** Slow start ends here. */
  threshold = Infinity;
  inFlight = 0;
  /** There was more room than things to send: the window says nothing then, and does not grow. */
  isUnderused = false;
  /** Of the datagrams that the path takes. */
  datagramBytes: number;
  #recoveryStartedAt = -Infinity;

  constructor(datagramBytes: number) {
    this.datagramBytes = datagramBytes;
    this.window = Math.min(10 * datagramBytes, Math.max(2 * datagramBytes, 14_720));
  }

  get isOpen(): boolean {
    return this.inFlight < this.window;
  }

  onSent(bytes: number): void {
    this.inFlight += bytes;
  }

  /** Of a packet that was in flight. */
  onAcked({ bytes, sentAt }: SentPacket): void {
    this.inFlight -= bytes;
    if (this.isUnderused || sentAt <= this.#recoveryStartedAt) return;
    if (this.window < this.threshold) this.window += bytes;
    else this.window += (this.datagramBytes * bytes) / this.window;
  }

  onLost({ bytes }: SentPacket): void {
    this.inFlight -= bytes;
  }

  /** Appendix B.6; `sentAt`: of the last packet that was lost. */
  onCongestion(sentAt: number, now: number): void {
    if (sentAt <= this.#recoveryStartedAt) return;
    this.#recoveryStartedAt = now;
    this.threshold = Math.max(this.window * lossReduction, this.#least);
    this.window = this.threshold;
  }

  /** Section 7.6.2. */
  onPersistentCongestion(): void {
    this.window = this.#least;
    this.#recoveryStartedAt = -Infinity;
  }

  get #least(): number {
    return 2 * this.datagramBytes;
  }
}
