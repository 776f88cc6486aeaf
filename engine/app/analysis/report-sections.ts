import type { DeepReport, ReportProfile, ReportScenario } from '../../analysis/report/deep-report.ts';
import { fixedText, priceText, signedText, timeText } from './analysis-numbers.ts';
import { metricTable } from './metric-table.ts';
import { profilePicture } from './profile-picture.ts';

/** A part of a report for people; how it looks is the renderer's matter. */
export interface ReportSection {
  readonly title: string;
  readonly lines: readonly string[];
  /** The first row names the columns. */
  readonly table: readonly (readonly string[])[];
  /** Text whose columns must stay aligned. */
  readonly picture: string;
}

const PART_NAMES = {
  multiTimeframe: 'timeframes together',
  volumeProfile: 'volume profile',
  technical: 'technical (4h)',
  orderFlow: 'order flow',
} as const;

const HOUR_MS = 3_600_000;

/** The sections of a report in the order they are read. */
export function reportSections(report: DeepReport): ReportSection[] {
  return [
    headlineSection(report),
    partsSection(report),
    section('Timeframes', { table: metricTable(report.timeframes) }),
    levelsSection(report),
    profileSection(report),
    patternsSection(report),
    orderFlowSection(report),
    scenarioSection('Plan', report.scenario, report),
    scenarioSection('If it turns', report.alternative, report),
    section('Risks', { lines: report.risks.length === 0 ? ['none found'] : report.risks }),
    qualitySection(report),
  ];
}

function section(title: string, content: Partial<Omit<ReportSection, 'title'>>): ReportSection {
  return { title, lines: [], table: [], picture: '', ...content };
}

/** `STRONG long`, `NEUTRAL`, or a dash. */
export function stanceText({ headline }: DeepReport): string {
  if (headline.class === null) return 'no view: too little history';
  if (headline.class === 'NEUTRAL') return 'NEUTRAL';
  return `${headline.class} ${headline.side > 0 ? 'long' : 'short'}`;
}

function headlineSection(report: DeepReport): ReportSection {
  const { headline, output, frame } = report;
  const { overall, bias, agreement, warmShare } = headline;
  return section('Headline', {
    lines: [
      `${stanceText(report)}: overall ${fixedText(overall, 1)} of 100, bias ${signedText(bias, 1)}`,
      `agreement ${fixedText(agreement, 2)}, ${Math.round(100 * warmShare)} % of the timeframes' weight has a view`,
      `trading rules: confA ${output.confA}, ${output.hold ? `hold (${output.reasons.join(', ')})` : 'trade'}`,
      ...(frame === null ? [] : [`valid until ${timeText(frame.validUntil)}`]),
    ],
  });
}

function partsSection({ parts }: DeepReport): ReportSection {
  return section('Score', {
    table: [
      ['part', 'score', 'share', 'from'],
      ...parts.map(({ name, value, share, inputs }) => [
        PART_NAMES[name],
        fixedText(value, 1),
        `${(100 * share).toFixed(1)} %`,
        Object.entries(inputs)
          .map(([input, one]) => `${input} ${one ?? '-'}`)
          .join(', '),
      ]),
    ],
  });
}

function levelsSection({ levels, price, tick, timeframes }: DeepReport): ReportSection {
  const atr = timeframes['1h']?.atr ?? null;
  const rows = [...levels.resistance.toReversed(), ...levels.support].map(({ p, k, n, tf }) => [
    price !== null && p > price ? 'resistance' : 'support',
    priceText(p, tick),
    atr === null || price === null ? '-' : signedText((p - price) / atr, 2),
    fixedText(k, 0),
    String(n),
    tf,
  ]);
  if (rows.length === 0) return section('Levels', { lines: ['none known'] });
  return section('Levels', {
    table: [['', 'price', 'ATR(1h) away', 'strength', 'touches', 'timeframe'], ...rows],
  });
}

function profileSection({ profiles, price, tick }: DeepReport): ReportSection {
  const rows = Object.entries({
    session: profiles.session,
    '24 h': profiles.day,
    '120 h': profiles.long,
  }).map(([name, profile]) => [name, ...figuresOf(profile, price, tick)]);
  return section('Volume profile', {
    table: [['', 'point of control', 'value area low', 'high', 'high-volume nodes nearby'], ...rows],
    picture: profiles.day === null ? '' : `last 24 hours\n${profilePicture(profiles.day, price, tick)}`,
  });
}

/** Nodes shown of a profile: those nearest to the price. */
const NODES_SHOWN = 5;

function figuresOf(profile: ReportProfile | null, price: number | null, tick: number): string[] {
  if (profile === null) return ['-', '-', '-', '-'];
  const near = price ?? profile.poc;
  const nodes = profile.highNodes
    .toSorted((a, b) => Math.abs(a - near) - Math.abs(b - near))
    .slice(0, NODES_SHOWN)
    .sort((a, b) => a - b)
    .map((node) => priceText(node, tick));
  return [
    priceText(profile.poc, tick),
    priceText(profile.val, tick),
    priceText(profile.vah, tick),
    nodes.length === 0 ? '-' : nodes.join(' '),
  ];
}

function patternsSection({ patterns }: DeepReport): ReportSection {
  if (patterns.length === 0) return section('Patterns alive', { lines: ['none in the last three bars'] });
  return section('Patterns alive', {
    table: [
      ['timeframe', 'pattern', 'says', 'bars ago'],
      ...patterns.map(({ tf, name, direction, barsAgo }) => [
        tf,
        name,
        direction > 0 ? 'up' : direction < 0 ? 'down' : 'indecision',
        String(barsAgo),
      ]),
    ],
  });
}

function orderFlowSection({ orderFlow }: DeepReport): ReportSection {
  const { live, note, flow } = orderFlow;
  const score =
    live === null ? [] : [`score ${signedText(live.score)} (${live.class}), ${live.ageMs} ms old`];
  const bars = Object.entries(flow).map(([name, value]) => `flow of ${name} bars ${signedText(value, 1)}`);
  return section('Order flow', { lines: [note, ...score, ...bars] });
}

function scenarioSection(title: string, plan: ReportScenario | null, { tick }: DeepReport): ReportSection {
  if (plan === null) return section(title, { lines: ['none: no bias or no warm 4h timeframe'] });
  const price = (value: number | null): string => priceText(value, tick);
  return section(title, {
    lines: [
      `${plan.side > 0 ? 'long' : 'short'} in ${price(plan.zone.low)} to ${price(plan.zone.high)}` +
        (plan.level === null ? ', around the price' : `, around the level ${price(plan.level)}`),
      `stop ${price(plan.stop)}, targets ${price(plan.targets[0])} and ${price(plan.targets[1])}, ` +
        `reward to risk ${fixedText(plan.rewardRisk, 2)}`,
      `over when a 4h bar closes beyond ${price(plan.invalidation)}; horizon ${plan.horizonMs / HOUR_MS} h`,
    ],
  });
}

function qualitySection({ quality, timeframes }: DeepReport): ReportSection {
  return section('Data', {
    table: [
      ['timeframe', 'bars', 'last close', 'gaps', 'late', 'incomplete', 'has a view'],
      ...quality.map(({ tf, bars, gaps, late, incomplete }) => [
        tf,
        String(bars),
        timeText(timeframes[tf]?.t ?? null),
        String(gaps),
        String(late),
        String(incomplete),
        timeframes[tf]?.warm === true ? 'yes' : 'no',
      ]),
    ],
  });
}
