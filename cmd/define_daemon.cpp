// The subcommands about jobd itself, and about the shell.
#include <array>
#include <memory>
#include <utility>

#include "cmd/definitions.h"

namespace jobd::cmd {

Finish define_stats(Options& options, const Surroundings& /*around*/) {
  auto draft = std::make_shared<ShowStats>();
  options.json(draft->format, "the figures as one line of JSON");
  return [draft]() -> Command { return *draft; };
}

Finish define_relays(Options& options, const Surroundings& /*around*/) {
  auto draft = std::make_shared<ShowRelays>();
  options.json(draft->format, "the same as one line of JSON");
  return [draft]() -> Command { return *draft; };
}

Finish define_pause(Options& /*options*/, const Surroundings& /*around*/) {
  return []() -> Command { return SetPaused{true}; };
}

Finish define_resume(Options& /*options*/, const Surroundings& /*around*/) {
  return []() -> Command { return SetPaused{false}; };
}

Finish define_ping(Options& options, const Surroundings& /*around*/) {
  auto draft = std::make_shared<PingDaemon>();
  options.wait(draft->wait, "wait until jobd answers, so long at most");
  return [draft]() -> Command { return *draft; };
}

Finish define_ready(Options& /*options*/, const Surroundings& /*around*/) {
  return []() -> Command { return CheckReady{}; };
}

Finish define_probe(Options& options, const Surroundings& /*around*/) {
  auto draft = std::make_shared<Probe>();
  options.one("--relay", {"NAME"}, "which; the first one otherwise",
              [draft](const Given& given) { draft->request.relay = to_words(given); });
  options.one("--to", {"ADDRESS"}, "ask whether mail for this address is taken; nothing is sent",
              [draft](const Given& given) { draft->request.to = to_mailbox(given).address; });
  options.one("--timeout", {"DURATION"}, "how long it may take, 1s to 60s; 60s otherwise",
              [draft](const Given& given) { draft->request.timeout = to_duration(given); });
  options.flag("-v,--transcript", draft->transcript, "what either side said too, secrets blanked");
  options.json(draft->format, "the report as one line of JSON");
  options.exclude({"--transcript", "--json"});
  return [draft]() -> Command { return *draft; };
}

Finish define_sendmail(Options& options, const Surroundings& /*around*/) {
  auto draft = std::make_shared<SendMail>();
  const auto text = [](std::string& target) { return [&target](const Given& given) { target = given.text; }; };
  options.flag("-t", draft->recipients_from_header, "take recipients from To, Cc and Bcc too");
  options.flag("-i", draft->a_dot_is_text, "a line with a dot alone does not end the message; as -oi");
  options.one("-f", {"ADDRESS"}, "the envelope's sender; as -r", text(draft->envelope_from.emplace()));
  options.one("-F", {"NAME"}, "the author's name, where the message has no From", text(draft->full_name));
  options.one("-N", {"WHEN"}, "ask for delivery notifications: never, or success,failure,delay", [](const Given&) {});
  options.word("-R", "WHAT", {"full", "hdrs"}, "how much of the message they give back: ", [](std::size_t) {});
  options.flag("-v", draft->verbose, "print the id of the job");
  options.one("-b", {"MODE"}, "m: send; p: list what is pending, as mailq; i: nothing, as newaliases",
              [](const Given&) {});
  options.many("recipients", {"ADDRESS"}, "whom to send it to", [](const Given&) {});
  return [draft]() -> Command { return *draft; };
}

// The words in the order of Shell.
Finish define_completion(Options& options, const Surroundings& /*around*/) {
  auto draft = std::make_shared<PrintCompletion>();
  options.word("shell", "SHELL", {"bash", "zsh", "fish"}, "",
               [draft](std::size_t word) { draft->shell = static_cast<Shell>(word); });
  options.require("shell");
  return [draft]() -> Command { return *draft; };
}

}  // namespace jobd::cmd
