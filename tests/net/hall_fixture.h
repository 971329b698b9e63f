// HallFixture: a service on a fake store behind one hall, for dialogues without sockets. The test takes the store's
// turns itself; `held` keeps them until turn() is called.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/core/service.h"
#include "daemon/net/dialogue.h"
#include "tests/support/fakes.h"
#include "tests/support/turn_desk.h"

namespace jobd::testing {

class HallFixture : public ::testing::Test {
 protected:
  static ServiceSettings service_settings() {
    ServiceSettings settings;
    settings.acceptance.default_from = Mailbox{"", "app@example.com"};
    return settings;
  }

  // All turns that are due.
  void work() {
    while (!held && desk_.has_work()) desk_.turn(service_);
  }

  // What the dialogue says to these bytes, all turns taken.
  std::string say(Dialogue& dialogue, std::string_view bytes) {
    while (!bytes.empty()) {
      const std::span<char> room = dialogue.room(bytes.size());
      const std::size_t n = std::min(room.size(), bytes.size());
      std::copy_n(bytes.begin(), n, room.begin());
      dialogue.received(n);
      bytes.remove_prefix(n);
    }
    return hear(dialogue);
  }
  std::string hear(Dialogue& dialogue) {
    std::string out = dialogue.output(0);
    for (work();; work()) {
      const std::string more = dialogue.output(0);
      if (more.empty()) return out;
      out += more;
    }
  }

  FakeClock clock_;
  FakeRandom random_;
  TurnDesk desk_{clock_};
  Service service_{desk_, clock_, random_, service_settings(), 0};
  Hall hall_{service_, clock_};
  int wakes_ = 0;
  bool held = false;
};

inline std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1);
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return lines;
}

}  // namespace jobd::testing
