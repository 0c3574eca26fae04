/**
 * Closed while the state is not to be judged by events: from the loss of Redis until the results that came meanwhile are
 * committed. Otherwise a worker's failure, or its silence, would count although its result is here.
 */
import { Injectable } from '@nestjs/common';

@Injectable()
export class EventGate {
  private waiting: (() => void)[] = [];
  private isOpen = false;

  open(): void {
    this.isOpen = true;
    const waiting = this.waiting;
    this.waiting = [];
    for (const go of waiting) go();
  }

  close(): void {
    this.isOpen = false;
  }

  get passable(): boolean {
    return this.isOpen;
  }

  async passed(): Promise<void> {
    while (!this.isOpen) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }
}
