/** How metrics are made and read: by name under one prefix, in one registry that Prometheus reads as a whole. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export class Instruments {
  readonly registry = new Registry();
  private readonly takenAtRead: (() => Promise<void>)[] = [];

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** For what is cheaper to count when somebody asks than to keep up to date. */
  beforeRead(count: () => Promise<void>): void {
    this.takenAtRead.push(count);
  }

  /** All of it, in the text format of Prometheus. */
  async text(): Promise<string> {
    await Promise.all(this.takenAtRead.map((count) => count()));
    return this.registry.metrics();
  }

  protected counter(name: string, help: string): Counter {
    return new Counter({ name: `orchestrator_${name}`, help, registers: [this.registry] });
  }

  /** A label needs all its values here: each is there from 0 on, so that the first time is an increase. */
  protected counterBy<L extends string>(
    name: string,
    help: string,
    label: L,
    values: readonly string[],
  ): Counter<L> {
    const counter = new Counter({
      name: `orchestrator_${name}`,
      help,
      labelNames: [label],
      registers: [this.registry],
    });
    for (const value of values) counter.labels(value).inc(0);
    return counter;
  }

  protected gauge<L extends string = never>(
    name: string,
    help: string,
    labelNames: readonly L[] = [],
  ): Gauge<L> {
    return new Gauge({ name: `orchestrator_${name}`, help, labelNames, registers: [this.registry] });
  }

  protected histogram<L extends string = never>(
    name: string,
    help: string,
    buckets: number[],
    labelNames: readonly L[] = [],
  ): Histogram<L> {
    return new Histogram({
      name: `orchestrator_${name}`,
      help,
      buckets,
      labelNames,
      registers: [this.registry],
    });
  }
}
