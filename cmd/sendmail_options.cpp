#include "cmd/sendmail_options.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "cmd/conversions.h"
#include "shared/unicode.h"

namespace jobd::cmd {
namespace {

constexpr std::string_view kWithoutValue = "GIUcimntvx";
constexpr std::string_view kWithValue = "ABCFLNOPRVXbefhopr";

Refusal usage(const std::string& message) {
  return {kUsage, message + "\nsee: jobctl sendmail --help"};
}

std::optional<Refusal> take_mode(std::string_view mode, SendMail& out) {
  if (mode == "m") {
    out.mode = SendMail::Mode::send;
  } else if (mode == "p") {
    out.mode = SendMail::Mode::list;
  } else if (mode == "i") {
    out.mode = SendMail::Mode::nothing;
  } else {
    return usage("-b" + std::string(mode) + " is not offered, only -bm, -bp and -bi: no SMTP, no service of its own");
  }
  return std::nullopt;
}

std::optional<Refusal> take_notify(std::string_view words, SendMail& out) {
  Dsn& dsn = out.dsn;
  if (words.empty()) return usage("-N is empty; give it a value or leave it out");
  for (std::string_view rest = words; !rest.empty();) {
    const std::string_view word = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    bool* const flag = equal_ignoring_case(word, "never")     ? &dsn.never
                       : equal_ignoring_case(word, "success") ? &dsn.success
                       : equal_ignoring_case(word, "failure") ? &dsn.failure
                       : equal_ignoring_case(word, "delay")   ? &dsn.delay
                                                              : nullptr;
    if (flag == nullptr) return usage("-N must be never, or some of success,failure,delay");
    *flag = true;
  }
  if (dsn.never && (dsn.success || dsn.failure || dsn.delay)) return usage("-N never stands alone");
  return std::nullopt;
}

std::optional<Refusal> take_return(std::string_view word, SendMail& out) {
  if (equal_ignoring_case(word, "full")) {
    out.dsn.ret = Dsn::Return::full;
  } else if (equal_ignoring_case(word, "hdrs")) {
    out.dsn.ret = Dsn::Return::headers;
  } else {
    return usage("-R must be full or hdrs");
  }
  return std::nullopt;
}

std::optional<Refusal> take(char letter, std::string_view value, SendMail& out) {
  switch (letter) {
    case 't': out.recipients_from_header = true; break;
    case 'i': out.a_dot_is_text = true; break;
    case 'o':
      if (value == "i") out.a_dot_is_text = true;
      break;
    case 'v': out.verbose = true; break;
    case 'I': out.mode = SendMail::Mode::nothing; break;
    case 'f':
    case 'r': out.envelope_from = value; break;
    case 'F': out.full_name = value; break;
    case 'b': return take_mode(value, out);
    case 'N': return take_notify(value, out);
    case 'R': return take_return(value, out);
    default: break;
  }
  return std::nullopt;
}

// Letters behind one dash; a value is the rest of them, or the next argument. Leaves `one` at the last that it took.
using Argument = std::vector<std::string>::const_iterator;
std::optional<Refusal> take_letters(Argument& one, Argument end, SendMail& out) {
  std::string_view letters = std::string_view(*one).substr(1);
  while (!letters.empty()) {
    const char letter = letters.front();
    letters.remove_prefix(1);
    std::string_view value;
    if (kWithValue.find(letter) != std::string_view::npos) {
      if (letters.empty() && ++one == end) return usage("-" + std::string(1, letter) + " needs a value");
      value = letters.empty() ? std::string_view(*one) : std::exchange(letters, {});
    } else if (letter == 'q') {
      return usage("-q is not offered: jobd sends by itself what is due; see jobctl retry");
    } else if (kWithoutValue.find(letter) == std::string_view::npos) {
      return usage("unknown option " + quote("-" + std::string(1, letter)));
    }
    if (auto refusal = take(letter, value, out)) return refusal;
  }
  return std::nullopt;
}

}  // namespace

std::variant<SendMail, Refusal> parse_sendmail(const std::vector<std::string>& arguments) {
  SendMail out;
  bool only_recipients = false;
  for (auto one = arguments.begin(); one != arguments.end(); ++one) {
    if (only_recipients || one->size() < 2 || one->front() != '-') {
      out.recipients.push_back(*one);
    } else if (*one == "--") {
      only_recipients = true;
    } else if (one->starts_with("--")) {
      return usage("unknown option " + quote(*one) +
                   ": sendmail has letters only; --socket and --color stand before it");
    } else if (auto refusal = take_letters(one, arguments.end(), out)) {
      return *std::move(refusal);
    }
  }
  return out;
}

std::vector<std::string> arguments_of_call(std::string_view program, std::vector<std::string> arguments) {
  program.remove_prefix(program.rfind('/') + 1);
  const auto put_first = [&](std::vector<std::string> words) {
    arguments.insert(arguments.begin(), words.begin(), words.end());
  };
  if (program == "sendmail") put_first({"sendmail"});
  if (program == "mailq") put_first({"sendmail", "-bp"});
  if (program == "newaliases") put_first({"sendmail", "-bi"});
  return arguments;
}

}  // namespace jobd::cmd
