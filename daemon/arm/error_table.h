#pragma once
// What each of ARM's refusals means: one table from (status, code, words of the message) to a
// reason, to what happens next, and to what a person should do.

#include <span>
#include <string>
#include <string_view>

#include "arm/answer_codec.h"
#include "core/failure.h"
#include "core/ids.h"

namespace defenderd {

struct ErrorRow {
  int status;              // 0: any; 5: any from 500 to 599
  std::string_view code;   // compared without case and spaces; "": any
  std::string_view words;  // a part of the message, compared without case; "": any
  Reason reason;
  NextTry next;
  // What to do, as the beginning of the message; {scope} stands for the subscription's ARM id.
  std::string_view advice;
};

// In order: the first row that fits counts. The last one fits everything.
[[nodiscard]] std::span<const ErrorRow> error_table();

// What was asked, for the judgement and its words.
struct AskedOfArm {
  SubscriptionId subscription = {};  // none where the tenant itself was asked
  std::string method = "GET";
  std::optional<Duration> retry_after = {};  // the answer's Retry-After
  ArmTrace trace = {};
};
[[nodiscard]] Failure judge_answer(int status, const CloudError& error, const AskedOfArm& asked);

}  // namespace defenderd
