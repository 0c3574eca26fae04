/** docs/CONFIGURATION.md, made from the settings themselves. */
import { AppConfig } from './app-config';
import { settingsOf, type SettingDeclaration } from './setting';

const HEADING = `# Configuration

<!-- Made by \`npm run docs:config\` from src/config. Do not edit. -->

Every setting is a variable of the environment. \`CONFIG_FILE\` may name a YAML file that sets the same names; the
environment wins. An empty variable counts as unset, except where the table says otherwise. Numbers may carry
underscores between digits: \`5_242_880\`. All values are read once, at the start: with any mistake in them the process
says what is wrong with which variable, all mistakes at once, and exits.
`;

/** The whole page, in Markdown. */
export function renderConfigDocs(): string {
  const settings = settingsOf(AppConfig);
  const groups = [...new Set(settings.map(({ group }) => group))];
  const sections = groups.map((group) => {
    const rows = settings.filter((setting) => setting.group === group).map(renderRow);
    return [`## ${group}`, '', '| Variable | Default | Expected | |', '|---|---|---|---|', ...rows, ''].join(
      '\n',
    );
  });
  return [HEADING, ...sections].join('\n');
}

function renderRow(setting: SettingDeclaration): string {
  const cells = [`\`${setting.env}\``, defaultOf(setting), setting.kind.expected, setting.doc];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function defaultOf({ default: fallback, defaultText }: SettingDeclaration): string {
  if (fallback === undefined) return '**required**';
  if (defaultText !== undefined) return defaultText;
  return typeof fallback === 'string' && fallback !== '' ? `\`${fallback}\`` : 'empty';
}
