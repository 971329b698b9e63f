#include "daemon/mail/smtp/probe_notes.h"

#include <algorithm>
#include <utility>

#include "daemon/mail/smtp/reply.h"
#include "shared/limits.h"
#include "shared/unicode.h"

namespace jobd::smtp {
namespace {

std::string joined(const std::vector<std::string>& texts, std::string_view by) {
  std::string all;
  for (const std::string& text : texts) {
    if (!all.empty()) all += by;
    all += text;
  }
  return all;
}

bool is_verb(std::string_view line, std::string_view verb) {
  return equal_ignoring_case(line.substr(0, line.find(' ')), verb);
}

std::string_view word_after(std::string_view line, std::size_t words) {
  for (; words > 0 && !line.empty(); --words) line.remove_prefix(std::min(line.find(' '), line.size() - 1) + 1);
  return line.substr(0, line.find(' '));
}

constexpr std::string_view kPlain = "; tls is \"may\", so mails go in plain text";

// What a person can do about it.
std::string_view advice(std::string_view step, std::string_view detail) {
  const bool has_refused = detail.starts_with('4') || detail.starts_with('5');
  if (step == "addresses") return "; is the host of the relay's url right?";
  if (step == "connect") return "; are the host and port of the relay's url right, and may this machine connect there?";
  if (step == "tls") return "; see tls, tls_name and ca_file of the relay";
  if (step == "auth") return "; see username, password_file, oauth2_file and oauth2_command of the relay";
  if (step == "mail" && has_refused) return "; see mail.from";
  return "";
}

}  // namespace

ProbeNotes::ProbeNotes(const RelaySettings& settings, Moment now)
    : implicit_tls_(settings.implicit_tls), may_be_plain_(settings.tls == TlsLevel::may), since_(now) {
  report_.relay = settings.name;
  report_.url = settings.url;
  begin("addresses", now);
}

void ProbeNotes::found(const std::vector<std::string>& addresses, Moment now) {
  end(true, joined(addresses, ", "), now);
  begin("connect", now);
}

void ProbeNotes::address_failed(const std::string& address, const std::string& why) {
  tried_ += (tried_.empty() ? "" : "; ") + address + ": " + why;
}

void ProbeNotes::connected(const std::string& address, Moment now) {
  const std::string tried = std::exchange(tried_, "");
  end(true, address + (tried.empty() ? "" : " (" + tried + ")"), now);
  begin(implicit_tls_ ? "tls" : "greeting", now);
}

void ProbeNotes::secured(const TlsFacts& facts, Moment now) {
  end(true,
      facts.version + ", " + facts.cipher + "; certificate of " + facts.subject + ", issued by " + facts.issuer +
          ", expires " + facts.expires + (facts.verified ? ", verified" : ", not verified"),
      now);
  if (implicit_tls_) begin("greeting", now);
}

// Once more where the server has refused a token.
void ProbeNotes::fetching_secret(Moment now) {
  forget("auth");
  begin("auth", now);
}

void ProbeNotes::line(bool from_server, std::string_view line, Moment now) {
  write_down((from_server ? "S: " : "C: ") + std::string(line));
  if (!from_server) return sent(line, now);
  if (line.starts_with('"')) return;
  reply_.emplace_back(line);
  if (line.size() < 4 || line[3] != '-') replied(now);
}

void ProbeNotes::write_down(std::string line) {
  std::vector<std::string>& lines = report_.transcript;
  if (lines.size() == limits::kTranscriptLines) return;
  if (lines.size() + 1 == limits::kTranscriptLines) line = "...";
  static_assert(limits::kTranscriptLineBytes == limits::kReplyBytes);
  lines.push_back(cut_to_reply(std::move(line)));
}

// Lines that begin no step go on with the one under way, as those of AUTH do.
void ProbeNotes::sent(std::string_view line, Moment now) {
  if (is_verb(line, "EHLO") || is_verb(line, "HELO")) begin("extensions", now);
  if (is_verb(line, "STARTTLS")) begin("tls", now);
  if (is_verb(line, "AUTH")) {
    mechanism_ = word_after(line, 1);
    if (step_ != "auth") begin("auth", now);
  }
  if (is_verb(line, "MAIL")) {
    note_limits(now);
    begin("mail", now);
  }
  if (is_verb(line, "RCPT")) begin("rcpt", now);
}

void ProbeNotes::replied(Moment now) {
  const std::vector<std::string> reply = std::exchange(reply_, {});
  const char kind = reply.front().empty() ? ' ' : reply.front().front();
  if (step_.empty() || kind == '3') return;
  if (step_ == "tls" && kind == '2') return;  // it has only begun
  if (step_ == "extensions" && kind == '2') {
    offers_.clear();
    for (std::size_t i = 1; i < reply.size(); ++i)
      offers_.push_back(reply[i].substr(std::min<std::size_t>(4, reply[i].size())));
    return note_extensions(now);
  }
  const std::string words = joined(reply, " ");
  if (step_ == "tls" && may_be_plain_) return stays_in_plain(words, now);
  end(kind == '2', step_ == "auth" && kind == '2' ? mechanism_ + ": " + words : words, now);
}

// Inside TLS a server is asked anew, and what it said before is forgotten.
void ProbeNotes::note_extensions(Moment now) {
  forget("extensions");
  end(true, offers_.empty() ? "none" : joined(offers_, ", "), now);
}

void ProbeNotes::note_limits(Moment now) {
  for (const std::string& offer : offers_) {
    if (!is_verb(offer, "SIZE")) continue;
    const std::string size(word_after(offer, 1));
    begin("limits", now);
    end(true, size.empty() || size == "0" ? "messages of any size" : "messages of up to " + size + " bytes", now);
  }
}

void ProbeNotes::goes_on_in_plain(const std::string& why, Moment now) {
  if (step_.empty()) begin("tls", now);
  stays_in_plain(why, now);
  reply_.clear();
  begin("addresses", now);
}

void ProbeNotes::stays_in_plain(const std::string& why, Moment now) {
  end(true, why + std::string(kPlain), now);
}

void ProbeNotes::failed(const std::string& words, Moment now, const std::string& step) {
  std::vector<ProbeStep>& steps = report_.steps;
  if (!steps.empty() && !steps.back().ok) return;
  if (step_.empty() && step.empty() && !steps.empty()) {
    begin(steps.back().name, now);
    steps.pop_back();
  }
  if (step_.empty()) begin(step, now);
  end(false, words, now);
}

void ProbeNotes::forget(const std::string& step) {
  std::erase_if(report_.steps, [&step](const ProbeStep& each) { return each.name == step; });
}

ProbeReport ProbeNotes::report() const {
  ProbeReport report = report_;
  const auto bad = std::ranges::find(report.steps, false, &ProbeStep::ok);
  report.ok = bad == report.steps.end();
  if (!report.ok) {
    report.steps.erase(bad + 1, report.steps.end());
    report.error = bad->name + ": " + bad->detail + std::string(advice(bad->name, bad->detail));
  }
  return report;
}

void ProbeNotes::begin(std::string step, Moment now) {
  step_ = std::move(step);
  since_ = now;
}

// What goes well again, on a second connection, has been told.
void ProbeNotes::end(bool ok, std::string detail, Moment now) {
  std::string name = std::exchange(step_, "");
  if (ok && std::ranges::find(report_.steps, name, &ProbeStep::name) != report_.steps.end()) return;
  report_.steps.push_back(
      {std::move(name), ok, cut_to_reply(std::move(detail)), std::chrono::duration_cast<Duration>(now - since_)});
}

}  // namespace jobd::smtp
