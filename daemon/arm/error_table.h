#pragma once
// What each of ARM's errors means: one table from (status, code, part of the message) to a reason,
// to what happens next, and to what a person should do.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "arm/answer_codec.h"
#include "arm/claims_challenge.h"
#include "core/failure.h"
#include "core/ids.h"

namespace defenderd {

struct ErrorRow {
  int status;              // 0: any; 5: any from 500 to 599
  std::string_view code;   // ignores case and spaces; "": any
  std::string_view words;  // a part of the message, case-insensitive; "": any
  Reason reason;
  NextTry next;
  // What to do, as the start of the message; {scope} is replaced by the subscription's ARM id,
  // {policies} by those that the error names.
  std::string_view advice;
};

// In order: the first row that matches counts. The last one matches everything.
[[nodiscard]] std::span<const ErrorRow> error_table();

// What the request was, for judging the answer and for the message.
struct AskedOfArm {
  SubscriptionId subscription = {};  // none if the request was for the tenant itself
  std::string method = "GET";
  std::optional<Duration> retry_after = {};  // the answer's Retry-After
  ArmTrace trace = {};
  std::optional<ClaimsChallenge> challenge = {};  // of a 401
};
[[nodiscard]] Failure judge_answer(int status, const CloudError& error, const AskedOfArm& asked);

}  // namespace defenderd
