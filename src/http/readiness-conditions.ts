/** What must hold for this replica to be ready, each part told by whoever knows it; `/readyz` asks them all. */
import { Injectable } from '@nestjs/common';

export interface ConditionState {
  up: boolean;
  /** For people, e.g. `recovering`. */
  message?: string;
}

@Injectable()
export class ReadinessConditions {
  private readonly conditions = new Map<string, () => ConditionState>();

  /** `state` is asked at every probe, so it looks at what is known and waits for nothing. */
  add(name: string, state: () => ConditionState): void {
    if (this.conditions.has(name)) throw new Error(`the readiness condition ${name} is there already`);
    this.conditions.set(name, state);
  }

  all(): ReadonlyMap<string, () => ConditionState> {
    return this.conditions;
  }
}
