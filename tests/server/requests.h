#pragma once
// Requests for tests of what answers them.

#include <string>
#include <utility>
#include <vector>

#include "server/http.h"

namespace defenderd {

inline Request get_request(std::string path,
                           std::vector<std::pair<std::string, std::string>> query = {}) {
  Request request;
  request.path = std::move(path);
  request.query = std::move(query);
  return request;
}

}  // namespace defenderd
