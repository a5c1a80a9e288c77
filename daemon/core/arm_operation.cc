#include "core/arm_operation.h"

namespace defenderd {

std::string_view to_text(ArmOperation operation) {
  switch (operation) {
    case ArmOperation::Read:
      return "read";
    case ArmOperation::Write:
      return "write";
    case ArmOperation::List:
      return "list";
    case ArmOperation::Graph:
      return "graph";
    case ArmOperation::Register:
      return "register";
    case ArmOperation::Activity:
      return "activity";
    case ArmOperation::Inspect:
      return "inspect";
  }
  return "read";
}

std::string_view to_text(ArmSilence silence) {
  switch (silence) {
    case ArmSilence::Timeout:
      return "timeout";
    case ArmSilence::Connection:
      return "connection";
    case ArmSilence::Tls:
      return "tls";
    case ArmSilence::Malformed:
      return "malformed";
  }
  return "connection";
}

}  // namespace defenderd
