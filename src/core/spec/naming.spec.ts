import * as fc from 'fast-check';
import { chooseNames, shortName, templateNames } from './naming';

describe('shortName', () => {
  it.each([
    ['pipe:train', 'train'],
    ['pipe:a:b', 'a:b'],
    ['train', 'train'],
    ['pipe:', 'pipe:'],
  ])('of %s is %s', (name, want) => {
    expect(shortName(name)).toBe(want);
  });
});

describe('templateNames', () => {
  it('knows a dependency by its name, its short and whole name and its id', () => {
    const table = templateNames([{ name: 'train', taskId: 't1', taskName: 'pipe:train' }]);
    expect([...table]).toEqual([
      ['train', 't1'],
      ['pipe:train', 't1'],
      ['t1', 't1'],
    ]);
  });

  it('leaves out what could be either, but never a name of its own', () => {
    const table = templateNames([
      { name: 'x:train', taskId: 't1', taskName: 'x:train' },
      { name: 'y:train', taskId: 't2', taskName: 'y:train' },
    ]);
    expect(table.get('train')).toBeUndefined();
    expect(table.get('y:train')).toBe('t2');
    expect(
      templateNames([
        { name: 'train', taskId: 't1', taskName: 'x:train' },
        { name: 'y:train', taskId: 't2', taskName: 'y:train' },
      ]).get('train'),
    ).toBe('t1');
  });
});

describe('chooseNames', () => {
  it('gives each dependency a name of its own', () => {
    const task = fc.record({
      label: fc.constant(null),
      called: fc.constant(null),
      taskName: fc.constantFrom('x:a', 'y:a', 'a', 'a:a', 'b', 'x:b'),
    });
    fc.assert(
      fc.property(fc.array(task, { maxLength: 8 }), (tasks) => {
        const names = chooseNames(tasks.map((one, at) => ({ ...one, id: `id-${String(at)}` })));
        expect(new Set(names).size).toBe(tasks.length);
      }),
    );
  });
});
