#include "identity/azure_cli.h"

#include <array>
#include <cstdio>
#include <ctime>
#include <utility>

#include "base/scrub.h"
#include "base/text.h"
#include "identity/subprocess.h"
#include "net/json_document.h"

namespace defenderd {
namespace {

// "2026-11-23 12:00:00.000000" in this machine's zone.
std::optional<WallTime> parse_local_time(const std::string& text) {
  std::tm parts{};
  if (std::sscanf(text.c_str(), "%4d-%2d-%2d %2d:%2d:%2d", &parts.tm_year, &parts.tm_mon,
                  &parts.tm_mday, &parts.tm_hour, &parts.tm_min, &parts.tm_sec) != 6)
    return std::nullopt;
  parts.tm_year -= 1900;
  parts.tm_mon -= 1;
  parts.tm_isdst = -1;
  return token_end(std::mktime(&parts));
}

// The first line that the program marks as an error.
std::string first_complaint(const std::string& complaints) {
  constexpr std::size_t kMaxWords = 300;
  const std::size_t marked = complaints.find("ERROR: ");
  std::string_view line =
      std::string_view(complaints).substr(marked == std::string::npos ? 0 : marked + 7);
  line = trim(line.substr(0, line.find('\n')));
  return foreign_text(line, kMaxWords);
}

Failure failed(const SubprocessExit& exit, const std::optional<TenantId>& tenant) {
  const std::string words = first_complaint(exit.complaints);
  const bool logged_out = exit.complaints.find("az login") != std::string::npos;
  std::string message;
  if (logged_out) {
    message = "the Azure CLI is not logged in" +
              (tenant ? " to the tenant " + tenant->text() : std::string()) + "; run `az login" +
              (tenant ? " --tenant " + tenant->text() : std::string()) +
              "` as the user that defenderd runs as";
  } else {
    message = "the Azure CLI gave no token (exit code " + std::to_string(exit.code) + ")";
  }
  if (!words.empty()) message += ": " + words;
  return credential_failure(std::move(message), logged_out ? NextTry::Slow : NextTry::Soon);
}

}  // namespace

AzureCli::AzureCli(const Clock& clock, AzureCliOptions options)
    : clock_(clock), options_(std::move(options)) {}

ArmResult<AccessToken> AzureCli::fetch(const std::optional<TenantId>& tenant,
                                       std::stop_token stop) {
  Subprocess az{
      options_.program,
      {"account", "get-access-token", "--output", "json", "--resource", options_.audience + "/"},
      options_.environment,
      options_.timeout};
  const auto& asked_tenant = tenant ? tenant : options_.default_tenant;
  if (asked_tenant) {
    az.arguments.emplace_back("--tenant");
    az.arguments.push_back(asked_tenant->text());
  }
  const auto exit = run_subprocess(az, stop);
  if (!exit) return Unexpected(credential_failure("Azure CLI: " + exit.error().message));
  if (exit->code != 0) return Unexpected(failed(*exit, asked_tenant));
  auto answer = decode_cli_token(exit->output.reveal(), asked_tenant);
  if (!answer) return Unexpected(credential_failure(answer.error().message));
  return to_access_token(*std::move(answer), clock_.wall_now());
}

Result<TokenAnswer> decode_cli_token(std::string_view text, const std::optional<TenantId>& asked) {
  const auto document = JsonDocument::parse(text);
  const JsonValue root = document ? document->root() : JsonValue();
  const std::string_view token = root.text_of("accessToken");
  if (token.empty()) {
    return Unexpected(
        Error{"the Azure CLI printed no accessToken; run `az account "
              "get-access-token --output json` to see why"});
  }
  const auto tenant = TenantId::parse(root.text_of("tenant"));
  if (asked && tenant && *tenant != *asked) {
    return Unexpected(Error{"the Azure CLI printed a token of the tenant " + tenant->text() +
                            " instead of " + asked->text() + " as requested"});
  }
  TokenAnswer answer;
  answer.token = Secret(std::string(token));
  if (const auto epoch = root.member("expires_on").integer()) {
    answer.expires_on = token_end(*epoch);
  } else if (const auto local = root.member("expiresOn").text()) {
    answer.expires_on = parse_local_time(std::string(*local));
  }
  return answer;
}

}  // namespace defenderd
