/** Documents of a round: what is submitted, and what must have become of each of its tasks in the end. */
import { aTask, type Simulation, type TaskBuilder } from '../../helpers/documents';
import type { AcceptedTask, Expectation } from './history';
import type { Random } from './random';

export interface Plan {
  name: string;
  document: TaskBuilder;
  /** In the order of the document. */
  tasks: readonly Omit<AcceptedTask, 'id' | 'name'>[];
}

const DELIVERED = { expects: 'DONE', isDelivered: true, items: null } as const;
/** A worker whose post meets a service that dies reports a failure: more of these than of the faults of a round. */
const MANY_RETRIES = { maxRetries: 20 };

/** Makes plans whose names are theirs alone. */
export class Planner {
  private count = 0;

  constructor(
    private readonly resultsUrl: string,
    private readonly token: string | null,
    private readonly random: Random,
  ) {}

  /** One task that posts its result. */
  single(simulation: Simulation = {}, expects: Expectation = 'DONE'): Plan {
    return this.plan('single', (name) => this.delivered(name, simulation), [{ ...DELIVERED, expects }]);
  }

  /** One task whose result stays with its worker. */
  local(simulation: Simulation = {}): Plan {
    return this.plan(
      'local',
      (name) =>
        aTask(name)
          .keepAt('kept')
          .simulate({ sleepMs: this.briefly(), ...simulation })
          .retry(MANY_RETRIES),
      [{ expects: 'DONE', isDelivered: false, items: null }],
    );
  }

  /** Three stages, each of which uses the one before it. */
  chain(simulation: Simulation = {}): Plan {
    const uses = (stage: string) => ({
      simulate: {
        sign: true,
        sleepMs: this.briefly(),
        ...simulation,
        echo: `\${${stage}.result.made_by.attempt_id}`,
      },
    });
    return this.plan(
      'chain',
      (name) =>
        this.delivered(name, simulation).stages(
          { name: 'first' },
          { name: 'second', spec: uses('first') },
          { name: 'third', spec: uses('second') },
        ),
      [DELIVERED, DELIVERED, DELIVERED],
    );
  }

  diamond(simulation: Simulation = {}): Plan {
    return this.plan(
      'diamond',
      (name) =>
        this.delivered(name, simulation).graph(
          { name: 'top' },
          { name: 'left', dependsOn: ['top'] },
          { name: 'right', dependsOn: ['top'] },
          { name: 'bottom', dependsOn: ['left', 'right'] },
        ),
      [DELIVERED, DELIVERED, DELIVERED, DELIVERED],
    );
  }

  /** Inference that can be spread over at most so many workers. */
  sharded(count = 12, maxShards = 4, simulation: Simulation = {}): Plan {
    const items = Array.from({ length: count }, (_, index) => index);
    return this.plan(
      'sharded',
      (name) => this.delivered(name, { ...simulation, sign: false }).overItems(items, maxShards),
      [{ expects: 'DONE', isDelivered: true, items }],
    );
  }

  /** A trainer: uploads an archive, then posts. */
  trained(sizeBytes = 20_000, simulation: Simulation = {}): Plan {
    const upload = { name: 'final_model.zip', sizeBytes };
    return this.plan('trained', (name) => this.delivered(name, { upload, ...simulation }), [DELIVERED]);
  }

  /** A trainer, of which nothing is kept after its end. */
  shortLived(): Plan {
    const upload = { name: 'final_model.zip', sizeBytes: 20_000 };
    return this.plan('short-lived', (name) => this.delivered(name, { upload }).keptForDays(0), [DELIVERED]);
  }

  /** A stage that downloads what the one before it uploaded, by a signed URL and nothing else. */
  fineTuned(): Plan {
    const upload = { name: 'final_model.zip', sizeBytes: 20_000 };
    const load = { url: '${train.result.final_model_archive_url}' };
    return this.plan(
      'fine-tuned',
      (name) =>
        this.delivered(name, {}).stages(
          { name: 'train', spec: { simulate: { upload } } },
          { name: 'evaluate', spec: { checkpoint: { load } } },
        ),
      [DELIVERED, DELIVERED],
    );
  }

  /** Fails for good, and takes along what comes after it. */
  failing(): Plan {
    const doomed = { expects: 'FAILED', isDelivered: false, items: null } as const;
    return this.plan(
      'failing',
      (name) =>
        this.delivered(name, { fail: 'always' })
          .retry({ maxRetries: 1 })
          .stages({ name: 'culprit' }, { name: 'victim' }),
      [doomed, doomed],
    );
  }

  /** Fails on its first attempt. */
  flaky(simulation: Simulation = {}): Plan {
    return this.plan('flaky', (name) => this.delivered(name, { fail: 'once', ...simulation }), [DELIVERED]);
  }

  /** One of each kind, in an order of chance. */
  mixture(simulation: Simulation = {}): Plan[] {
    return this.random.shuffle([
      this.single(simulation),
      this.local(simulation),
      this.chain(simulation),
      this.diamond(simulation),
      this.sharded(12, 4, simulation),
      this.trained(20_000, simulation),
      this.failing(),
      this.flaky(),
    ]);
  }

  private plan(kind: string, document: (name: string) => TaskBuilder, tasks: Plan['tasks']): Plan {
    this.count += 1;
    const name = `${kind}-${String(this.count)}`;
    return { name, document: document(name), tasks };
  }

  private delivered(name: string, simulation: Simulation): TaskBuilder {
    return aTask(name)
      .deliverTo(this.resultsUrl, this.token ?? undefined)
      .simulate({ sign: true, sleepMs: this.briefly(), ...simulation })
      .retry(MANY_RETRIES);
  }

  private briefly(): number {
    return this.random.between(0, 60);
  }
}
