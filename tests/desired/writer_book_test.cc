#include "desired/writer_book.h"

#include <gtest/gtest.h>
#include <sys/inotify.h>

#include <string>
#include <vector>

namespace defenderd {
namespace {

constexpr int kFolder = 1;
constexpr int kOther = 2;

struct Event {
  std::uint32_t kind;
  const char* name = "list.yaml";
  int folder = kFolder;
};

WatchedFiles list_file() { return {"/etc/list.yaml", {kFolder}, {"list.yaml"}, false}; }

TEST(WriterBook, KnowsWhoHasBegunAndWhoHasFinished) {
  struct Case {
    const char* description;
    std::vector<Event> events;
    Writer expected;
  };
  for (const Case& one : std::vector<Case>{
           {"nothing", {}, Writer::Unknown},
           {"created", {{IN_CREATE}}, Writer::Unknown},
           {"written", {{IN_CREATE}, {IN_MODIFY}}, Writer::AtWork},
           {"written and closed", {{IN_MODIFY}, {IN_MODIFY}, {IN_CLOSE_WRITE}}, Writer::Done},
           {"written again", {{IN_MODIFY}, {IN_CLOSE_WRITE}, {IN_MODIFY}}, Writer::AtWork},
           {"moved here", {{IN_MOVED_TO}}, Writer::Placed},
           {"moved here twice", {{IN_MOVED_TO}, {IN_MOVED_TO}}, Writer::Placed},
           {"moved here and written there",
            {{IN_MOVED_TO}, {IN_MODIFY}, {IN_CLOSE_WRITE}},
            Writer::Done},
           {"moved here and still written", {{IN_MOVED_TO}, {IN_MODIFY}}, Writer::AtWork},
           {"deleted while it was written", {{IN_MODIFY}, {IN_DELETE}}, Writer::Unknown},
           {"moved away while it was written", {{IN_MODIFY}, {IN_MOVED_FROM}}, Writer::Unknown},
           {"another name", {{IN_MODIFY, "list.yaml.tmp"}}, Writer::Unknown},
           {"another folder", {{IN_MODIFY, "list.yaml", kOther}}, Writer::Unknown},
           {"events were lost", {{IN_MODIFY}, {IN_Q_OVERFLOW, ""}}, Writer::Unknown},
           {"the folder is gone", {{IN_MODIFY}, {IN_IGNORED, ""}}, Writer::Unknown},
       }) {
    WriterBook book;
    for (const Event& event : one.events) book.record(event.folder, event.kind, event.name);
    EXPECT_EQ(book.take(list_file()), one.expected) << one.description;
  }
}

TEST(WriterBook, SaysOnceThatAWriterIsDoneAndAlwaysThatOneIsAtWork) {
  WriterBook book;
  book.record(kFolder, IN_MODIFY, "list.yaml");
  EXPECT_EQ(book.take(list_file()), Writer::AtWork);
  EXPECT_EQ(book.take(list_file()), Writer::AtWork);
  book.record(kFolder, IN_CLOSE_WRITE, "list.yaml");
  EXPECT_EQ(book.take(list_file()), Writer::Done);
  EXPECT_EQ(book.take(list_file()), Writer::Unknown);
}

TEST(WriterBook, OneWriterAtWorkIsEnoughInAFolder) {
  const WatchedFiles folder{"/etc/teams", {kFolder, kOther}, {"teams"}, true};
  WriterBook book;
  book.record(kFolder, IN_CLOSE_WRITE, "a.yaml");
  book.record(kFolder, IN_MODIFY, "b.yaml");
  book.record(kFolder, IN_MODIFY, ".b.yaml.swp");
  EXPECT_EQ(book.take(folder), Writer::AtWork);
  book.record(kFolder, IN_CLOSE_WRITE, "b.yaml");
  EXPECT_EQ(book.take(folder), Writer::Done);
  book.record(kFolder, IN_MODIFY, ".b.yaml.swp");
  EXPECT_EQ(book.take(folder), Writer::Unknown) << "what is not read is of no interest";
  book.record(kFolder, IN_MOVED_TO, "b.yaml");
  EXPECT_EQ(book.take(folder), Writer::Done) << "another file may follow";
}

}  // namespace
}  // namespace defenderd
