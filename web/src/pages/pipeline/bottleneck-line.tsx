import type { PipelineAnswer } from "../../../../src/serve/api/pipeline.ts";
import { Icon } from "../../components/icon.tsx";
import { OwnWords } from "../../components/told.tsx";
import type { I18n } from "../../i18n/i18n.ts";
import type { JSX } from "../../view.ts";
import { bottleneckOf, type Bottleneck } from "./bottleneck.ts";
import { whyText } from "./why-text.ts";

/** The one thing to look at first, in one sentence. */
export function BottleneckLine({
  i18n,
  pipeline,
}: {
  readonly i18n: I18n;
  readonly pipeline: PipelineAnswer;
}): JSX.Element {
  const { t } = i18n;
  const bottleneck = bottleneckOf(pipeline);
  const calm = bottleneck.kind === "none" || bottleneck.kind === "idle";
  const told = calm ? null : pipeline.bottleneck;
  return (
    <div class={calm ? "bottleneck calm" : `bottleneck ${bottleneck.kind}`} role="status">
      {!calm && <Icon name="warning" />}
      <p>
        <strong>{t.pipeline.bottleneck}:</strong> {sentence(i18n, bottleneck)}
      </p>
      {told !== null && <OwnWords i18n={i18n} text={told} />}
    </div>
  );
}

function sentence(i18n: I18n, bottleneck: Bottleneck): string {
  const { pipeline: texts } = i18n.t;
  const why = "why" in bottleneck && bottleneck.why !== null ? whyText(i18n, bottleneck.why) : "";
  switch (bottleneck.kind) {
    case "down":
      return i18n.fill(texts.down, { stage: texts.stages[bottleneck.stage], why });
    case "unknown":
      return i18n.fill(texts.lagUnknown, { reason: why });
    case "slow":
      return i18n.fill(texts[bottleneck.state], { stage: texts.stages[bottleneck.stage], why });
    case "idle":
      return texts.idleSentence;
    case "none":
      return texts.none;
    default:
      return consumerSentence(i18n, bottleneck);
  }
}

function consumerSentence(
  i18n: I18n,
  { records, seconds, trend, worst }: Extract<Bottleneck, { kind: "consumer" }>,
): string {
  const { pipeline: texts } = i18n.t;
  const values = {
    records: i18n.plural(texts.recordCount, records),
    age: i18n.format.duration(seconds === null ? null : seconds * 1000),
    trend: texts.trends[trend],
  };
  if (worst === null) return i18n.fill(texts.consumer, values);
  const partition = `${worst.topic}/${worst.partition}`;
  return i18n.fill(texts.consumerAt, { ...values, partition });
}
