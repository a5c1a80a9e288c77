#pragma once
// The YAML files under tests/data/desired: good ones, and bad ones with their expected messages
// next to them (<name>.expected). A name starts with settings_ or else is a desired state; a folder
// is one of several files. Lines of .expected that start with "#" are for schema_agrees.py.

#include <string>
#include <vector>

#include "desired/problem.h"

namespace defenderd {

struct CorpusCase {
  std::string name;
  bool is_settings = false;
  std::vector<NamedText> files;  // under their bare names
  std::string expected;          // bad ones only: one formatted problem a line
};

// `kind`: "good" or "bad".
std::vector<CorpusCase> read_corpus(const std::string& kind);

// The problems as read, formatted; "" if there are none.
std::string problems_of(const CorpusCase& one);

void PrintTo(const CorpusCase& one, std::ostream* out);

}  // namespace defenderd
