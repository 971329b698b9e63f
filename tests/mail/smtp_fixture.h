// The SMTP processor on its thread, over real sockets.
#pragma once

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "daemon/mail/mail_thread.h"
#include "tests/mail/attempts.h"
#include "tests/mail/scripted_server.h"
#include "tests/support/fakes.h"

namespace jobd::testing {

class SmtpFixture : public ::testing::Test {
 protected:
  void start(std::vector<RelaySettings> relays) {
    settings.relays = std::move(relays);
    mail = std::move(*MailThread::start(settings, sink, clock));
  }
  void start(const RelaySettings& relay) { start(std::vector{relay}); }

  AttemptResult deliver(Attempt attempt = an_attempt(1)) {
    mail->start({std::move(attempt)});
    return sink.wait_for_one();
  }
  // All at once; none may meet trouble.
  void deliver_many(int count) {
    std::vector<Attempt> attempts;
    for (int n = 0; n < count; ++n) attempts.push_back(an_attempt(n));
    mail->start(std::move(attempts));
    for (const AttemptResult& result : sink.wait_for(static_cast<std::size_t>(count))) {
      EXPECT_EQ(result.trouble, std::nullopt) << result.trouble_reply.reply;
    }
  }

  CollectingSink sink;
  FakeClock clock;
  MailSettings settings{.transport = "", .relays = {}, .message_id_domain = "example.com"};
  std::unique_ptr<MailThread> mail;
};

inline RelaySettings over(std::size_t connections, RelaySettings relay) {
  relay.connections = connections;
  return relay;
}

}  // namespace jobd::testing
