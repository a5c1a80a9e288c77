#include "kubesim/service_account.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

namespace kubesim {
namespace {

std::string kubeconfig(const std::string& folder, const ServiceAccount& account) {
  return "apiVersion: v1\n"
         "kind: Config\n"
         "clusters:\n"
         "- name: kubesim\n"
         "  cluster:\n"
         "    server: " +
         account.url +
         "\n"
         "    certificate-authority: " +
         folder +
         "/ca.crt\n"
         "users:\n"
         "- name: " +
         account.name +
         "\n"
         "  user:\n"
         "    token: " +
         account.token +
         "\n"
         "contexts:\n"
         "- name: kubesim\n"
         "  context:\n"
         "    cluster: kubesim\n"
         "    user: " +
         account.name +
         "\n"
         "    namespace: " +
         account.namespace_ +
         "\n"
         "current-context: kubesim\n";
}

}  // namespace

defenderd::Result<defenderd::Done> write_service_account(const std::string& folder,
                                                         const ServiceAccount& account) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  const std::string full = std::filesystem::absolute(folder, error).string();
  const std::array<std::pair<const char*, std::string>, 5> files{{
      {"ca.crt", account.ca_pem},
      {"token", account.token},
      {"namespace", account.namespace_},
      {"kubeconfig", kubeconfig(full, account)},
      {"control_url", account.control_url},
  }};
  for (const auto& [name, text] : files) {
    const std::string path = full + "/" + name;
    {
      std::ofstream stream(path + ".new");
      stream << text << std::flush;
      if (!stream) return defenderd::Unexpected(defenderd::Error{"cannot write " + path});
    }
    std::filesystem::rename(path + ".new", path, error);
    if (error) return defenderd::Unexpected(defenderd::Error{"cannot write " + path});
  }
  return defenderd::Done{};
}

}  // namespace kubesim
