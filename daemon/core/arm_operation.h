#pragma once
// Kinds of requests to Azure, and why there is no answer: the label sets of the arm_* metrics.

#include <array>
#include <string_view>

namespace defenderd {

// The purpose of a request to Azure.
enum class ArmOperation { Read, Write, List, Graph, Register, Provider, Activity, Inspect, Token };
inline constexpr std::array kAllArmOperations{
    ArmOperation::Read,     ArmOperation::Write,    ArmOperation::List,
    ArmOperation::Graph,    ArmOperation::Register, ArmOperation::Provider,
    ArmOperation::Activity, ArmOperation::Inspect,  ArmOperation::Token};
[[nodiscard]] std::string_view to_text(ArmOperation operation);  // "read"

// Why there was no usable answer.
enum class ArmSilence { Timeout, Connection, Tls, Malformed };
inline constexpr std::array kAllArmSilences{ArmSilence::Timeout, ArmSilence::Connection,
                                            ArmSilence::Tls, ArmSilence::Malformed};
[[nodiscard]] std::string_view to_text(ArmSilence silence);  // "timeout"

}  // namespace defenderd
