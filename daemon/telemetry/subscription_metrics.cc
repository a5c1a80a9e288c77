#include "telemetry/subscription_metrics.h"

#include <array>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/time_text.h"

namespace defenderd {
namespace {

constexpr std::size_t kBytesPerSubscription = 1550;  // measured: ten samples

double as_number(bool value) { return value ? 1 : 0; }

std::optional<bool> observed_plan(const StatusRow& row) {
  if (!row.observed || row.observed->tier == Tier::Other) return std::nullopt;
  return row.observed->tier == Tier::Standard;
}

std::optional<bool> desired_evidence(const StatusRow& row) {
  if (!row.desired->plan) return std::nullopt;  // extensions are irrelevant while the plan is off
  return row.desired->extension(kPromptEvidence);
}

std::optional<bool> observed_evidence(const StatusRow& row) {
  if (!row.observed) return std::nullopt;
  const Extension* const extension = row.observed->find(kPromptEvidence);
  return extension == nullptr ? false : extension->enabled;
}

// The values of a row's samples.
struct RowValues {
  explicit RowValues(const StatusRow& row)
      : desired(&*row.desired),
        in_sync(row.in_sync()),
        state(row.state),
        reason(row.reason),
        state_since(row.state_since),
        plan(row.desired->plan),
        plan_seen(observed_plan(row)),
        evidence(desired_evidence(row)),
        evidence_seen(observed_evidence(row)),
        observed_directly(row.observed_directly),
        observed_by_graph(row.observed_by_graph),
        last_change(row.last_change),
        differs(row.known() == Known::Different),
        drift(&row.differences->drift) {}

  std::size_t labels_end = 0;          // where its labels end and the next ones start
  const DesiredSubscription* desired;  // the snapshot's
  bool in_sync;
  State state;
  Reason reason;
  WallTime state_since;
  std::optional<bool> plan;
  std::optional<bool> plan_seen;
  std::optional<bool> evidence;
  std::optional<bool> evidence_seen;
  std::optional<WallTime> observed_directly;
  std::optional<WallTime> observed_by_graph;
  std::optional<WallTime> last_change;
  bool differs;                          // now: what is not known is not drift
  const std::vector<DriftSince>* drift;  // the snapshot's
};

using Found = std::unordered_set<SubscriptionId>;

bool is_different(const StatusRow& row, const Found& found) {
  if (found.contains(row.desired->id) || row.known() == Known::Different) return true;
  if (row.state == State::Unknown) return row.last_known == Known::Different;
  return row.state != State::InSync;
}

// The rows that have series.
std::vector<const StatusRow*> rows_with_series(const StatusSnapshot& snapshot,
                                               const FindingsSnapshot& findings,
                                               SubscriptionSeries series) {
  std::vector<const StatusRow*> rows;
  if (series == SubscriptionSeries::All) {
    rows.reserve(snapshot.rows.size());
    for (const auto& row : snapshot.rows) rows.push_back(row.get());
    return rows;
  }
  Found found;
  for (const Finding& finding : findings.findings)
    if (!finding.accepted) found.insert(finding.subscription);
  for (const auto& row : snapshot.rows)
    if (is_different(*row, found)) rows.push_back(row.get());
  return rows;
}

// The rows are spread over the memory, so they are visited once, not once per family, whose samples
// must be together.
class RowWriter {
 public:
  RowWriter(Exposition& out, const std::vector<const StatusRow*>& rows) : out_(out) {
    constexpr std::size_t kLabelsPerRow = 96;
    rows_.reserve(rows.size());
    labels_.reserve(rows.size() * kLabelsPerRow);
    std::string labels;
    for (const StatusRow* const row : rows) {
      labels.clear();
      append_label(labels, "subscription_id", row->desired->id.text());
      append_label(labels, "name", row->desired->name);
      labels_ += labels;
      rows_.emplace_back(*row).labels_end = labels_.size();
    }
  }

  // `write(row, emit)` calls emit(more labels, value) for each sample.
  template <class Write>
  void family(std::string_view name, std::string_view help, Write write,
              MetricKind kind = MetricKind::Gauge) {
    out_.family(name, kind, help);
    std::size_t begin = 0;
    for (const RowValues& row : rows_) {
      const auto labels = std::string_view(labels_).substr(begin, row.labels_end - begin);
      begin = row.labels_end;
      write(row, [&](std::string_view more, double value) { out_.sample(labels, more, value); });
    }
  }

  void timestamp(std::string_view name, std::string_view help,
                 std::optional<WallTime> RowValues::*time) {
    family(name, help, [time](const RowValues& row, const auto& emit) {
      if (row.*time) emit({}, to_unix_seconds(*(row.*time)));
    });
  }

  void desired_and_observed(std::string_view name, std::string_view help,
                            std::optional<bool> RowValues::*desired,
                            std::optional<bool> RowValues::*observed) {
    family(name, help, [=](const RowValues& row, const auto& emit) {
      if (row.*desired) emit(R"(source="desired")", as_number(*(row.*desired)));
      if (row.*observed) emit(R"(source="observed")", as_number(*(row.*observed)));
    });
  }

 private:
  Exposition& out_;
  std::string labels_;  // of all rows, concatenated
  std::vector<RowValues> rows_;
};

void write_info(RowWriter& rows) {
  std::string labels;
  rows.family(
      "defenderd_subscription",
      "1, with descriptive labels of the subscription; join it on subscription_id.",
      [&](const RowValues& row, const auto& emit) {
        labels.clear();
        append_label(labels, "owner", row.desired->owner);
        append_label(labels, "mode", to_text(row.desired->mode));
        append_label(labels, "tenant_id", row.desired->tenant ? row.desired->tenant->text() : "");
        emit(labels, 1);
      },
      MetricKind::Info);
}

void write_drift(RowWriter& rows) {
  rows.family(
      "defenderd_subscription_drift",
      "1 for each field that differs from its declaration, if that is known; other: how many "
      "extensions without a dedicated key differ.",
      [](const RowValues& row, const auto& emit) {
        if (!row.differs) return;
        const std::string_view mode = to_text(row.desired->mode);
        double others = 0;
        for (const DriftSince& left : *row.drift) {
          const std::string_view field = left.drift.field.label();
          if (field == kOtherField) {
            ++others;
          } else {
            emit(label_text({{"field", field}, {"mode", mode}}), 1);
          }
        }
        if (others > 0) emit(label_text({{"field", kOtherField}, {"mode", mode}}), others);
      });
}

}  // namespace

void write_subscription_metrics(Exposition& out, const StatusSnapshot& snapshot,
                                const FindingsSnapshot& findings, SubscriptionSeries series) {
  const std::vector<const StatusRow*> selected = rows_with_series(snapshot, findings, series);
  out.reserve(selected.size() * kBytesPerSubscription);
  RowWriter rows(out, selected);
  write_info(rows);
  rows.family("defenderd_subscription_in_sync",
              "1 if the last observation succeeded and showed the declared state.",
              [](const RowValues& row, const auto& emit) { emit({}, as_number(row.in_sync)); });
  // Few of the combinations occur.
  std::array<std::array<std::string, kReasonCount>, kAllStates.size()> state_labels;
  rows.family(
      "defenderd_subscription_state",
      "1 for the subscription's current state and its reason; others have no sample.",
      [&](const RowValues& row, const auto& emit) {
        std::string& labels = state_labels.at(static_cast<std::size_t>(row.state))
                                  .at(static_cast<std::size_t>(row.reason));
        if (labels.empty()) {
          labels = label_text({{"state", to_text(row.state)}, {"reason", to_text(row.reason)}});
        }
        emit(labels, 1);
      });
  rows.family(
      "defenderd_subscription_state_since_timestamp_seconds",
      "When the subscription entered its current state.",
      [](const RowValues& row, const auto& emit) { emit({}, to_unix_seconds(row.state_since)); });
  rows.desired_and_observed("defenderd_plan_enabled",
                            "1 if the " + std::string(to_text(kDeclaredPlan)) +
                                " plan is on, as declared and as last observed.",
                            &RowValues::plan, &RowValues::plan_seen);
  rows.desired_and_observed(
      "defenderd_prompt_evidence_enabled",
      "1 if prompt evidence is on, as declared (absent if not managed) and as last observed.",
      &RowValues::evidence, &RowValues::evidence_seen);
  write_drift(rows);
  rows.family("defenderd_subscription_last_observed_timestamp_seconds",
              "When it was last observed: read directly, or shown as declared by Azure Resource "
              "Graph. Absent before the first time.",
              [](const RowValues& row, const auto& emit) {
                if (row.observed_directly)
                  emit(R"(by="direct")", to_unix_seconds(*row.observed_directly));
                if (row.observed_by_graph)
                  emit(R"(by="graph")", to_unix_seconds(*row.observed_by_graph));
              });
  rows.timestamp("defenderd_subscription_last_change_timestamp_seconds",
                 "When a change was last applied. Absent before the first time.",
                 &RowValues::last_change);
}

}  // namespace defenderd
