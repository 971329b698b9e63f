#include "daemon/mail/maildir_processor.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "daemon/mail/compose.h"
#include "daemon/mail/maildir.h"

namespace jobd {
namespace {

struct Waiting {
  Attempt attempt;
  Time started_at{};
};

std::string envelope_lines(const Attempt& attempt) {
  std::string lines = "Return-Path: <" + attempt.envelope_from + ">\n";
  for (const std::string& recipient : attempt.recipients) lines += "Delivered-To: " + recipient + "\n";
  return lines;
}

class MaildirProcessor final : public Processor {
 public:
  MaildirProcessor(Maildir maildir, MailContext context)
      : maildir_(std::move(maildir)), relay_("maildir:" + maildir_.path()), context_(std::move(context)) {}

  void start(Attempt attempt) override {
    const bool hold = attempt.on_uncertain == OnUncertain::hold;
    const AttemptRef ref = attempt.ref;
    (hold ? asking_ : waiting_).push_back({std::move(attempt), context_.clock.now()});
    if (!hold) return schedule_round();
    context_.sink.before_dot(
        ref, [weak_io = std::weak_ptr(context_.io), self = std::weak_ptr<MaildirProcessor*>(self_), ref](bool go) {
          const auto io = weak_io.lock();
          if (!io) return;
          boost::asio::post(*io, [self, ref, go] {
            if (auto processor = self.lock()) (*processor)->answered(ref, go);
          });
        });
  }

  void abort_all() override {
    for (std::vector<Waiting>* list : {&asking_, &waiting_}) {
      for (Waiting& each : std::exchange(*list, {})) report_shutdown(each);
    }
  }

 private:
  void answered(const AttemptRef& ref, bool go) {
    const auto it = std::ranges::find_if(asking_, [&](const Waiting& each) { return each.attempt.ref == ref; });
    if (it == asking_.end()) return;
    Waiting found = std::move(*it);
    asking_.erase(it);
    if (!go) return report_shutdown(found);
    waiting_.push_back(std::move(found));
    schedule_round();
  }

  void schedule_round() {
    if (std::exchange(round_scheduled_, true)) return;
    boost::asio::post(*context_.io, [self = std::weak_ptr<MaildirProcessor*>(self_)] {
      if (auto processor = self.lock()) (*processor)->write_round();
    });
  }

  void write_round() {
    round_scheduled_ = false;
    std::vector<Waiting> round;
    std::vector<Maildir::File> files;
    for (Waiting& each : std::exchange(waiting_, {})) {
      auto message = message_of(each.attempt, context_.message_id_domain);
      if (!message) {
        report(each, {Verdict::permanent, 0, "", message.error().message});
        continue;
      }
      files.push_back({maildir_name(each.attempt.created_at, each.attempt.ref), envelope_lines(each.attempt),
                       std::move(message->bytes)});
      round.push_back(std::move(each));
    }
    const auto failures = maildir_.write(files);
    for (std::size_t i = 0; i < round.size(); ++i) {
      const std::string written = "written to " + maildir_.path_of(files[i].name) + "; nothing was sent";
      report(round[i], {failures[i] ? Verdict::temporary : Verdict::delivered, 0, "", failures[i].value_or(written)});
    }
  }

  void report(const Waiting& each, RecipientResult same_for_all) {
    AttemptResult result = begin_result(each);
    result.relay_spoke = same_for_all.verdict == Verdict::delivered;
    result.recipients.assign(each.attempt.recipients.size(), std::move(same_for_all));
    context_.sink.finished(std::move(result));
  }

  void report_shutdown(const Waiting& each) {
    AttemptResult result = begin_result(each);
    result.trouble = Trouble::shutdown;
    result.trouble_reply.reply = "jobd stopped before the mail was written";
    context_.sink.finished(std::move(result));
  }

  AttemptResult begin_result(const Waiting& each) const {
    AttemptResult result;
    result.ref = each.attempt.ref;
    result.started_at = each.started_at;
    result.finished_at = context_.clock.now();
    result.relay = relay_;
    return result;
  }

  Maildir maildir_;
  const std::string relay_;
  MailContext context_;
  std::vector<Waiting> asking_;   // for the step over the dot
  std::vector<Waiting> waiting_;  // for the next round
  bool round_scheduled_ = false;
  std::shared_ptr<MaildirProcessor*> self_ = std::make_shared<MaildirProcessor*>(this);
};

}  // namespace

Result<std::unique_ptr<Processor>> make_maildir_processor(const MaildirTransport& transport, MailContext context) {
  auto maildir = Maildir::open(transport.path);
  if (!maildir) return std::move(maildir).error();
  return std::unique_ptr<Processor>(std::make_unique<MaildirProcessor>(std::move(*maildir), std::move(context)));
}

}  // namespace jobd
