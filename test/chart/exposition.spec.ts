/** What a running service exports, as Prometheus itself reads it. */
import { aTask } from '../helpers/documents';
import { useFlow } from '../helpers/flow';
import { describeWith, runTool } from './lib/tools';

/** Named by the library that counts them, for every service that uses it. */
const OF_NODE = /^nodejs_active_(handles|requests|resources)_total non-counter metrics/;

describeWith(['promtool'], 'what /metrics answers', () => {
  const flow = useFlow();

  test('is found good by Prometheus, before the first task and after', async () => {
    const complaints = async (): Promise<string[]> => {
      const answer = await flow.api.request('/metrics');
      const { output } = runTool('promtool', ['check', 'metrics'], await answer.text());
      return output.split('\n').filter((line) => line !== '' && !OF_NODE.test(line));
    };
    expect(await complaints()).toEqual([]);
    await flow.workers([{ id: 'w', gpus: [{ name: 'Tesla T4' }] }]);
    await flow.api.until(await flow.api.submitOne(aTask('one').gpu(1)), 'DONE');
    expect(await complaints()).toEqual([]);
  });
});
