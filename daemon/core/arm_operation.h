#pragma once
// Kinds of requests to ARM, and why there is no answer: the label sets of the arm_* metrics.
// Requests for tokens are not among them: they have a metric of their own.

#include <array>
#include <string_view>

namespace defenderd {

// The purpose of a request to ARM.
enum class ArmOperation { Read, Write, List, Graph, Register, Activity, Inspect };
inline constexpr std::array kAllArmOperations{
    ArmOperation::Read,     ArmOperation::Write,    ArmOperation::List,   ArmOperation::Graph,
    ArmOperation::Register, ArmOperation::Activity, ArmOperation::Inspect};
[[nodiscard]] std::string_view to_text(ArmOperation operation);  // "read"

// Why there was no usable answer.
enum class ArmSilence { Timeout, Connection, Tls, Malformed };
inline constexpr std::array kAllArmSilences{ArmSilence::Timeout, ArmSilence::Connection,
                                            ArmSilence::Tls, ArmSilence::Malformed};
[[nodiscard]] std::string_view to_text(ArmSilence silence);  // "timeout"

}  // namespace defenderd
