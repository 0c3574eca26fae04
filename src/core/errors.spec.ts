/** Which errors say that the task store is away, and which say something else. */
import { ReplyError } from 'ioredis';
import { isStoreUnavailable, ProblemError } from './errors';

const reply = (message: string): Error => new (ReplyError as new (message: string) => Error)(message);

test.each<[string, unknown]>([
  ['a connection that was closed', new Error('Connection is closed.')],
  ['no connection', new Error("Stream isn't writeable and enableOfflineQueue options is false")],
  ['no answer in time', new Error('Command timed out')],
  ['a pipeline that was cut', new Error('Command aborted due to connection close')],
  ['too many attempts', Object.assign(new Error('Reached the max'), { name: 'MaxRetriesPerRequestError' })],
  ['a server without memory', reply("OOM command not allowed when used memory > 'maxmemory'.")],
  ['the same, within a script', reply("OOM command not allowed when used memory > 'maxmemory'. script: 1f")],
  [
    'the same, within a script of an older server',
    reply(
      'ERR Error running script (call to f_1f): @user_script:9: @user_script: 9: -OOM command not allowed',
    ),
  ],
  ['a server that loads its data', reply('LOADING Redis is loading the dataset in memory')],
  ['a replica', reply("READONLY You can't write against a read only replica.")],
  ['a server that cannot write its disk', reply('MISCONF Redis is configured to save RDB snapshots')],
  ['a replica without its master', reply('MASTERDOWN Link with MASTER is down')],
  ['a server within a long script', reply('BUSY Redis is busy running a script.')],
  ['a master without its replicas', reply('NOREPLICAS Not enough good replicas to write.')],
  ['a password that was changed', reply('NOAUTH Authentication required.')],
])('%s', (_what, error) => {
  expect(isStoreUnavailable(error)).toBe(true);
});

test.each<[string, unknown]>([
  ['a mistake in a script', reply('ERR Error running script (call to f_1f): @user_script:9: nil value')],
  ['a key of another type', reply('WRONGTYPE Operation against a key holding the wrong kind of value')],
  ['a script that is not loaded', reply('NOSCRIPT No matching script.')],
  ['a word that only begins alike', reply('BUSYGROUP Consumer Group name already exists')],
  ['the same words by somebody else', new Error('OOM in a model')],
  ['a full disk', Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' })],
  ['an answer of ours', new ProblemError('unavailable', 'the spool is full')],
  ['nothing', null],
  ['a text', 'Connection is closed.'],
])('not %s', (_what, error) => {
  expect(isStoreUnavailable(error)).toBe(false);
});
