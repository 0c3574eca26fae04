import * as fc from 'fast-check';
import { isEnvironmentName, scanTemplate } from './scan';

/** Time this process has computed: unlike the clock's, it does not count what other processes took. */
const cpuMs = (): number => process.cpuUsage().user / 1000;

/** Texts as they are, placeholders as `<body>`, what nothing closes as `!raw!`. */
function shown(text: string): string[] {
  return scanTemplate(text).map((segment) => {
    if (segment.kind === 'text') return segment.text;
    return segment.kind === 'placeholder' ? `<${segment.body}>` : `!${segment.raw}!`;
  });
}

describe('scanTemplate', () => {
  it.each<[string, string[]]>([
    ['', ['']],
    ['no placeholder $ { }', ['no placeholder $ { }']],
    ['${a.x}', ['<a.x>']],
    ['see ${a.x}, ${b}!', ['see ', '<a.x>', ', ', '<b>', '!']],
    ['${a.x}${b.y}', ['<a.x>', '<b.y>']],
    ['${ a.x }', ['<a.x>']],
    ['$${a.x}', ['${a.x}']],
    ['cost $$${a.x}', ['cost $${a.x}']],
    ['$${ and ${b.y}', ['${ and ', '<b.y>']],
    ['${a["}"].x}', ['<a["}"].x>']],
    ["${a['}'].x}", ["<a['}'].x>"]],
    ['${a["\\"}"]}', ['<a["\\"}"]>']],
    ['${a', ['!${a!']],
    ['${a\n}', ['!${a!', '\n}']],
    ['${${a}', ['!${!', '<a>']],
    ['${', ['!${!']],
    ['${}', ['<>']],
  ])('cuts %j', (text, want) => {
    expect(shown(text)).toEqual(want);
  });

  it.each(['${', '${["', "${a['", '$', '${a.', '$${', '["'])('takes 200 KB of %s at once', (part) => {
    const started = cpuMs();
    scanTemplate(part.repeat(200_000 / part.length));
    expect(cpuMs() - started).toBeLessThan(3_000);
  });

  it('loses and adds nothing but the escaping dollars', () => {
    const parts = fc.array(fc.constantFrom('$', '${', '}', 'a', '.', '["', '"]', '\n', '\\'), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(parts, (list) => {
        const text = list.join('');
        const back = scanTemplate(text).map((segment) =>
          segment.kind === 'text' ? segment.text.split('${').join('$${') : segment.raw,
        );
        expect(back.join('')).toBe(text);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('isEnvironmentName', () => {
  it.each([
    ['QDRANT_API_KEY', true],
    ['HOME', true],
    ['_X1', true],
    ['home', false],
    ['A.B', false],
    ['1', false],
    ['', false],
  ])('of %j is %p', (body, want) => {
    expect(isEnvironmentName(body)).toBe(want);
  });
});
