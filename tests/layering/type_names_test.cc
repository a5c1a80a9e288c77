#include "layering/type_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace layering {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(TypesOf, FindsDefinitionsOfANamespace) {
  const auto types = types_of("daemon/a/b.h",
                              "namespace a {\n"
                              "class Declared;\n"
                              "enum class Scoped { X };\n"
                              "class CAPABILITY(\"mutex\") Mutex {\n"
                              "  struct Nested {};\n"
                              "};\n"
                              "class SCOPED_CAPABILITY Lock {\n"
                              "// class Comment {};\n"
                              "}  // namespace a\n"
                              "namespace a::b {\n"
                              "struct [[nodiscard]] Result final\n"
                              "    : Base {};\n"
                              "struct Outer::Parts {\n"
                              "template <>\n"
                              "struct hash<Outer> {\n");
  EXPECT_THAT(types, ElementsAre(TypeDefinition{"a::Scoped", "daemon/a/b.h", 3},
                                 TypeDefinition{"a::Mutex", "daemon/a/b.h", 4},
                                 TypeDefinition{"a::Lock", "daemon/a/b.h", 7},
                                 TypeDefinition{"a::b::Result", "daemon/a/b.h", 11},
                                 TypeDefinition{"a::b::Outer::Parts", "daemon/a/b.h", 13},
                                 TypeDefinition{"a::b::hash<Outer>", "daemon/a/b.h", 15}));
}

TEST(TypeNames, AreOneTypeEach) {
  EXPECT_THAT(check_type_names({{"a::X", "one.h", 1}, {"b::X", "two.h", 1}, {"a::Y", "two.h", 2}}),
              IsEmpty());
  EXPECT_THAT(check_type_names({{"a::X", "one.h", 1}, {"a::X", "two.h", 7}}),
              ElementsAre(Violation{"two.h", 7, "a::X is also the name of a type in one.h"}));
}

}  // namespace
}  // namespace layering
