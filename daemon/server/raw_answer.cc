#include "server/raw_answer.h"

namespace defenderd {
namespace {

std::string_view phrase(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 408:
      return "Request Timeout";
    case 413:
      return "Payload Too Large";
    case 414:
      return "URI Too Long";
    case 431:
      return "Request Header Fields Too Large";
    case 501:
      return "Not Implemented";
    default:
      return "Error";
  }
}

}  // namespace

std::string raw_answer(int status, std::string_view message) {
  std::string result = "HTTP/1.1 " + std::to_string(status) + " ";
  result += phrase(status);
  result += "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\nContent-Length: ";
  result += std::to_string(message.size() + 1);
  result += "\r\n";
  for (const auto& [name, value] : kSecurityHeaders) {
    result += name;
    result += ": ";
    result += value;
    result += "\r\n";
  }
  result += "\r\n";
  result += message;
  result += "\n";
  return result;
}

}  // namespace defenderd
