// smtp_bench PORT [MAILS [CONNECTIONS [ROUNDS]]]: mails a second from the mail thread alone, composing and judging
// included, to the SMTP server at that port of 127.0.0.1, beside a hand-written pipelining client in the same run (A B
// A B ...). Every mail has 1 KB of text. Prints each round's rates and the processor time that a mail took of this
// process, then the medians and the ratio of the rates. Where the machine has other work, the processor time says more.
#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "daemon/core/kept_email.h"
#include "daemon/mail/compose.h"
#include "daemon/mail/mail_thread.h"
#include "tests/bench/pipelining_client.h"
#include "tests/support/fakes.h"

namespace jobd::testing {
namespace {

using WallClock = std::chrono::steady_clock;

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "smtp_bench: %s\n", why.c_str());
  std::_Exit(1);
}

class CountingSink final : public AttemptSink {
 public:
  void finished(AttemptResult result) override {
    if (result.trouble || result.recipients.at(0).verdict != Verdict::delivered) {
      give_up("not delivered: " + result.trouble_reply.reply);
    }
    const std::lock_guard lock(mutex_);
    if (++delivered_ == expected_) changed_.notify_all();
  }
  void before_dot(AttemptRef, std::function<void(bool)> go) override { go(true); }

  void wait_for(int mails) {
    std::unique_lock lock(mutex_);
    expected_ = mails;
    changed_.wait(lock, [&] { return delivered_ >= mails; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int expected_ = 0;
  int delivered_ = 0;
};

Attempt a_mail(int n) {
  static const auto content = [] {
    Email email;
    email.from = Mailbox{"", "app@example.com"};
    email.to.push_back({"", "user@example.com"});
    email.subject = "Your order";
    std::string text;
    while (text.size() < 1024) text += "A line of an ordinary mail, about as long as people write.\n";
    email.text = text;
    return std::make_shared<const std::string>(pack_email(email));
  }();
  Attempt attempt;
  attempt.ref = {JobId::from_parts(0x19ca9371c000000 + n, static_cast<std::uint64_t>(n)), 0, 1};
  attempt.created_at = kNoon;
  attempt.expires_at = kNoon + std::chrono::hours(72);
  attempt.envelope_from = "app@example.com";
  attempt.recipients = {"user@example.com"};
  attempt.content = content;
  return attempt;
}

struct Figures {
  double rate = 0;          // mails a second
  double processor_us = 0;  // a mail
};

class Watch {
 public:
  Figures figures(int mails) const {
    const double seconds = std::chrono::duration<double>(WallClock::now() - begin_).count();
    return {mails / seconds, (processor_seconds() - processor_begin_) * 1e6 / mails};
  }

 private:
  static double processor_seconds() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& t) {
      return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
  }

  const WallClock::time_point begin_ = WallClock::now();
  const double processor_begin_ = processor_seconds();
};

Figures ours(std::uint16_t port, int mails, int connections) {
  RelaySettings relay;
  relay.name = relay.url = "smtp://127.0.0.1:" + std::to_string(port);
  relay.host = "127.0.0.1";
  relay.port = port;
  relay.tls = TlsLevel::none;
  relay.ehlo_name = "bench";
  relay.connections = static_cast<std::size_t>(connections);
  relay.mails_per_connection = static_cast<std::size_t>(mails);
  MailSettings settings;
  settings.relays = {relay};
  settings.message_id_domain = "example.com";
  CountingSink sink;
  const SystemClock clock;
  std::vector<Attempt> attempts;
  for (int n = 0; n < mails; ++n) attempts.push_back(a_mail(n));
  const Watch watch;
  const auto thread = std::move(*MailThread::start(settings, sink, clock));
  thread->start(std::move(attempts));
  sink.wait_for(mails);
  return watch.figures(mails);
}

Figures yardstick(std::uint16_t port, int mails, int connections) {
  const YardstickLoad load{port, mails, connections, message_of(a_mail(1), "example.com")->bytes};
  const Watch watch;
  if (!send_all(load)) give_up("the pipelining client was refused");
  return watch.figures(mails);
}

double median(const std::vector<Figures>& all, double Figures::* which) {
  std::vector<double> values;
  for (const Figures& each : all) values.push_back(each.*which);
  std::ranges::sort(values);
  return values[values.size() / 2];
}

int number(const char* text, int low, int high) {
  int value = 0;
  const char* end = text + std::strlen(text);
  const auto [stop, error] = std::from_chars(text, end, value);
  return error == std::errc() && stop == end && value >= low && value <= high ? value : 0;
}

int run(std::uint16_t port, int mails, int connections, int rounds) {
  std::vector<Figures> of_us;
  std::vector<Figures> of_yardstick;
  const auto tell = [](const Figures& jobd, const Figures& other) {
    std::printf("jobd %.0f/s (%.0f us), pipelining client %.0f/s (%.0f us)", jobd.rate, jobd.processor_us, other.rate,
                other.processor_us);
  };
  for (int round = 0; round < rounds; ++round) {
    of_us.push_back(ours(port, mails, connections));
    of_yardstick.push_back(yardstick(port, mails, connections));
    tell(of_us.back(), of_yardstick.back());
    std::printf("\n");
  }
  const auto medians = [](const std::vector<Figures>& all) {
    return Figures{median(all, &Figures::rate), median(all, &Figures::processor_us)};
  };
  std::printf("%d connections: ", connections);
  tell(medians(of_us), medians(of_yardstick));
  std::printf(", ratio %.2f\n", medians(of_us).rate / medians(of_yardstick).rate);
  return 0;
}

}  // namespace
}  // namespace jobd::testing

int main(int argc, char** argv) {
  using jobd::testing::number;
  const int port = argc > 1 ? number(argv[1], 1, 65535) : 0;
  const int mails = argc > 2 ? number(argv[2], 1, 10'000'000) : 20'000;
  const int connections = argc > 3 ? number(argv[3], 1, 100) : 10;
  const int rounds = argc > 4 ? number(argv[4], 1, 100) : 5;
  if (port == 0 || mails == 0 || connections == 0 || rounds == 0) {
    std::fprintf(stderr, "usage: smtp_bench PORT [MAILS [CONNECTIONS [ROUNDS]]]\n");
    return 64;
  }
  return jobd::testing::run(static_cast<std::uint16_t>(port), mails, connections, rounds);
}
