#include "telemetry/cut_off_intents.h"

#include "base/time_text.h"
#include "core/diff.h"
#include "core/reason.h"

namespace defenderd {
namespace {

JournalLine closed(JournalLine intent, std::string_view shown, WallTime now) {
  const bool done = intent.to == shown;
  intent.result = done ? journal_result::kApplied : journal_result::kFailed;
  intent.reason = done ? "" : to_text(Reason::ChangeNotApplied);
  intent.message = "defenderd ended before ARM's answer to the write that started at " +
                   intent.time + "; ARM now shows " + std::string(shown);
  intent.time = format_rfc3339(now);
  return intent;
}

}  // namespace

void CutOffIntents::recall(const JournalLine& line) {
  Key key{line.subscription_id, line.field};
  if (line.result == journal_result::kIntent) {
    intents_.insert_or_assign(std::move(key), line);
  } else if (ends_intent(line)) {
    intents_.erase(key);
  }
}

std::optional<JournalLine> CutOffIntents::close(const std::string& subscription_id,
                                                const std::string& field, std::string_view shown,
                                                WallTime now) {
  auto intent = intents_.extract({subscription_id, field});
  if (!intent) return std::nullopt;
  return closed(std::move(intent.mapped()), shown, now);
}

std::vector<JournalLine> CutOffIntents::close_all(SubscriptionId id, const Pricing& observed,
                                                  WallTime now) {
  std::vector<JournalLine> results;
  if (intents_.empty()) return results;
  const std::string text = id.text();
  for (auto item = intents_.lower_bound({text, ""});
       item != intents_.end() && item->first.first == text; item = intents_.erase(item)) {
    // Lines do not name the plan.
    const Field field = Field::parse(kDeclaredPlan, item->first.second);
    results.push_back(closed(std::move(item->second), observed_text(observed, field), now));
  }
  return results;
}

}  // namespace defenderd
