// The steps of a probe, made of what its session shows. No I/O; moments come in. A server may talk without end: lines
// and what they say are cut to limits::kTranscriptLines, kTranscriptLineBytes and kReplyBytes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/mail/judge.h"
#include "daemon/mail/smtp/terms.h"
#include "shared/clock.h"
#include "shared/requests.h"

namespace jobd::smtp {

// What happens, in its order; then report().
class ProbeNotes {
 public:
  ProbeNotes(const RelaySettings& settings, Moment now);

  void found(const std::vector<std::string>& addresses, Moment now);
  void address_failed(const std::string& address, const std::string& why);
  void connected(const std::string& address, Moment now);
  void secured(const TlsFacts& facts, Moment now);
  void fetching_secret(Moment now);
  // As Terms::trace has it. What is no reply stands in double quotes.
  void line(bool from_server, std::string_view line, Moment now);
  // The handshake failed for this reason, which is no failure where tls is "may": what follows is seen on another
  // connection, in plain text.
  void goes_on_in_plain(const std::string& why, Moment now);
  // The step under way has come to this end, in words; nothing where its reply has said so. Where none is under way it
  // is a step of this name that did not come to its line, or, without a name, the last one, which only looked well.
  void failed(const std::string& words, Moment now, const std::string& step = "");

  ProbeReport report() const;

 private:
  void begin(std::string step, Moment now);
  void end(bool ok, std::string detail, Moment now);
  void write_down(std::string line);
  void sent(std::string_view line, Moment now);
  void replied(Moment now);
  void note_extensions(Moment now);
  void note_limits(Moment now);
  void stays_in_plain(const std::string& why, Moment now);
  void forget(const std::string& step);

  const bool implicit_tls_;
  const bool may_be_plain_;
  ProbeReport report_;
  std::string step_;  // under way; empty: none
  Moment since_;
  std::string tried_;                // addresses that failed, and why
  std::string mechanism_;            // of AUTH
  std::vector<std::string> reply_;   // lines of the reply that is coming in, with their codes
  std::vector<std::string> offers_;  // of the last EHLO
};

}  // namespace jobd::smtp
