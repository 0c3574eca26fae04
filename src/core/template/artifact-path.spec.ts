import { parsePath } from './path';
import { describeFiles, readArtifactPath } from './artifact-path';

const read = (text: string): string => {
  const artifact = readArtifactPath(parsePath(text) ?? []);
  return artifact.ok ? `${artifact.value.file} > ${artifact.value.member ?? 'all'}` : artifact.error;
};

test.each([
  ['.artifacts["final_lora.zip"].url', 'final_lora.zip > url'],
  [".artifacts['final_lora.zip']['sha256']", 'final_lora.zip > sha256'],
  ['.artifacts.model.size', 'model > size'],
  ['.artifacts.url.url', 'url > url'],
  ['.artifacts["m.zip"]', 'm.zip > all'],
  ['.artifacts', '.artifacts goes on with a file: .artifacts["final_lora.zip"].url'],
  ['.artifacts[0].url', 'a file is called by its name: .artifacts["final_lora.zip"].url'],
  [
    '.artifacts.final_lora.zip.url',
    'a file name with dots stands in brackets: .artifacts["final_lora.zip"].url',
  ],
  ['.artifacts.final_lora.zip', 'a file name with dots stands in brackets: .artifacts["final_lora.zip"].url'],
  ['.artifacts.a.tar.gz.size', 'a file name with dots stands in brackets: .artifacts["a.tar.gz"].url'],
  ['.artifacts["a.zip"].uri', 'did you mean url? A file has url, sha256, size_bytes, size, name, not "uri"'],
  ['.artifacts["a.zip"].checksum', 'A file has url, sha256, size_bytes, size, name, not "checksum"'],
  ['.artifacts["a.zip"].url.more', 'url of a file is the end of the path: .artifacts["a.zip"].url'],
  ['.artifacts["../x"].url', '"../x" is no name of a file: a name does not begin with a dot'],
  ['.artifacts["checkpoint-500/model.bin"].url', 'checkpoint-500/model.bin > url'],
  ['.artifacts.checkpoint-500/model.size', 'checkpoint-500/model > size'],
  [
    '.artifacts.checkpoint-500/model.bin.url',
    'a file name with dots stands in brackets: .artifacts["checkpoint-500/model.bin"].url',
  ],
  [
    '.artifacts["responses.json"].url',
    '"responses.json" is no name of a file: responses.json and manifest.json are kept for the service and its workers',
  ],
])('%s: %s', (path, want) => {
  expect(read(path)).toBe(want);
});

test.each([
  [[], 'it has no files'],
  [['log.txt'], 'there is log.txt'],
  [['final_lora.zap', 'x'], 'did you mean final_lora.zap? There are final_lora.zap, x'],
])('of %j it says: %s', (there, want) => {
  expect(describeFiles('final_lora.zip', there)).toBe(want);
});
