#include "daemon/mail/compose_header.h"

#include <algorithm>
#include <array>

#include "daemon/mail/idn.h"
#include "shared/base64.h"

namespace jobd {
namespace {

constexpr std::size_t kLineWanted = 78;        // RFC 5322 2.1.1
constexpr std::size_t kEncodedLineMax = 76;    // RFC 2047 2, as is the next
constexpr std::size_t kEncodedWordFrame = 12;  // =?UTF-8?q?...?=
constexpr std::size_t kEncodedTextMax = 75 - kEncodedWordFrame;
constexpr std::size_t kEncodedTextMin = 24;       // less is not worth the rest of a line
constexpr std::size_t kEncodedCharacterMax = 12;  // four bytes in q
constexpr std::size_t kWordMax = 900;   // as limits::kHeaderWordBytes: fits a line whatever its field's name is
constexpr std::size_t kPhraseMax = 60;  // of a name, that it need not be folded
constexpr std::size_t kGapMax = 30;     // of spaces before an encoded word, that it fits the line
constexpr std::size_t kSpacesMax = 60;  // in one piece, that a line is never of spaces alone
constexpr std::string_view kAtextMarks = "!#$%&'*+-/=?^_`{|}~";

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 128; });
}

bool looks_encoded(std::string_view text) {
  return text.find("=?") != std::string_view::npos;
}

std::string_view without_end_spaces(std::string_view text) {
  const std::size_t first = std::min(text.find_first_not_of(' '), text.size());
  text.remove_prefix(first);
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

// In q a byte stands for itself, but in a name only these may (RFC 2047 5).
bool stands_in_q(char c) {
  return is_alphanumeric(c) || std::string_view("!*+-/ ").find(c) != std::string_view::npos;
}

std::size_t q_size(std::string_view text) {
  std::size_t size = 0;
  for (const char c : text) size += stands_in_q(c) ? 1 : 3;
  return size;
}

void append_q(std::string& out, std::string_view text) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : text) {
    if (c == ' ') {
      out += '_';
    } else if (stands_in_q(c)) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      ((out += '=') += kHex[byte >> 4U]) += kHex[byte & 15U];
    }
  }
}

// How many bytes of the text, whole characters, come to at most so many when encoded.
std::size_t fitting(std::string_view text, bool in_q, std::size_t encoded_max) {
  std::size_t end = 0;
  std::size_t size = 0;
  while (end < text.size()) {
    std::size_t next = end + 1;
    while (next < text.size() && next - end < 4 && (static_cast<unsigned char>(text[next]) & 0xc0U) == 0x80U) ++next;
    size += q_size(text.substr(end, next - end));
    if ((in_q ? size : (next + 2) / 3 * 4) > encoded_max) break;
    end = next;
  }
  return end;
}

// Atoms, or a quoted string (RFC 5322 3.2.4), which may be folded at its spaces.
std::string plain_phrase(std::string_view name) {
  const auto is_atext = [](char c) { return is_alphanumeric(c) || kAtextMarks.find(c) != std::string_view::npos; };
  const bool is_atoms = std::ranges::all_of(name, [&](char c) { return c == ' ' || is_atext(c); });
  if (is_atoms && name.find("  ") == std::string_view::npos) return std::string(name);
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted += '"';
}

// Of spaces, or of what is none.
std::size_t longest_run(std::string_view text, bool of_spaces) {
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : text) {
    run = (c == ' ') == of_spaces ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

std::string address_of(const Mailbox& mailbox) {
  const std::size_t at = mailbox.address.rfind('@');
  if (is_ascii(mailbox.address) || at == std::string::npos) return mailbox.address;
  const std::optional<std::string> domain = domain_in_ascii(std::string_view(mailbox.address).substr(at + 1));
  return domain ? mailbox.address.substr(0, at + 1) + *domain : mailbox.address;
}

}  // namespace

void HeaderWriter::begin(std::string_view name) {
  (out_ += name) += ':';
  column_ = name.size() + 1;
  is_empty_ = true;
  has_encoded_ = false;
}

void HeaderWriter::put(std::string_view gap, std::string_view piece, std::size_t room) {
  if (is_empty_) gap = " ";
  const std::size_t line_max = has_encoded_ ? kEncodedLineMax : kLineWanted;
  if (!is_empty_ && column_ + gap.size() + piece.size() + room > line_max) {
    out_ += "\r\n";
    column_ = 0;
    has_encoded_ = false;
  }
  (out_ += gap) += piece;
  column_ += gap.size() + piece.size();
  is_empty_ = false;
}

void HeaderWriter::put_encoded(std::string_view gap, std::string_view text) {
  std::string with_gap;
  if (gap.size() > kGapMax) {
    with_gap = std::string(gap.substr(1)).append(text);
    text = with_gap;
    gap = " ";
  }
  const bool in_q = q_size(text) <= (text.size() + 2) / 3 * 4;
  while (!text.empty()) {
    const std::size_t taken = column_ + std::max<std::size_t>(gap.size(), 1) + kEncodedWordFrame;
    std::size_t room = taken < kEncodedLineMax ? kEncodedLineMax - taken : 0;
    if (room < (is_empty_ ? kEncodedCharacterMax : kEncodedTextMin)) {
      room = kEncodedLineMax - kEncodedWordFrame - std::max<std::size_t>(gap.size(), 1);
      column_ = kLineWanted;  // so that put() begins a line
      if (is_empty_) gap = " ";
      is_empty_ = false;
    }
    const std::size_t size = fitting(text, in_q, std::min(room, kEncodedTextMax));
    std::string word = in_q ? "=?UTF-8?q?" : "=?UTF-8?b?";
    if (in_q) {
      append_q(word, text.substr(0, size));
    } else {
      word += encode_base64(text.substr(0, size));
    }
    put(gap, word += "?=");
    has_encoded_ = true;
    text.remove_prefix(size);
    gap = " ";  // that between two encoded words is none of the text
  }
}

template <typename MustEncode>
void HeaderWriter::put_words(std::string_view text, MustEncode must_encode) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t begin = text.find_first_not_of(' ', at);
    const std::string_view gap = text.substr(at, begin - at);
    std::size_t end = std::min(text.find(' ', begin), text.size());
    const bool encoded = must_encode(text.substr(begin, end - begin));
    while (encoded && end < text.size()) {  // the words that follow, as long as they need it too
      const std::size_t next = text.find_first_not_of(' ', end);
      const std::size_t next_end = std::min(text.find(' ', next), text.size());
      if (!must_encode(text.substr(next, next_end - next))) break;
      end = next_end;
    }
    const std::string_view piece = text.substr(begin, end - begin);
    if (encoded) {
      put_encoded(gap, piece);
    } else {
      put(gap, piece);
    }
    at = end;
  }
}

void HeaderWriter::plain(std::string_view name, std::string_view value) {
  (((out_ += name) += ": ") += value) += "\r\n";
}

void HeaderWriter::text(std::string_view name, std::string_view value) {
  begin(name);
  const bool keeps_ends = without_end_spaces(value).size() == value.size();
  if (!keeps_ends || value.find(std::string(kSpacesMax, ' ')) != std::string_view::npos) {
    put_encoded(" ", value);
  } else {
    put_words(value,
              [](std::string_view word) { return word.size() > kWordMax || looks_encoded(word) || !is_ascii(word); });
  }
  end();
}

void HeaderWriter::custom(std::string_view name, std::string_view value) {
  begin(name);
  const bool leave = is_ascii(value);
  put_words(without_end_spaces(value),
            [leave](std::string_view word) { return !leave && (looks_encoded(word) || !is_ascii(word)); });
  end();
}

void HeaderWriter::put_phrase(std::string_view gap, std::string_view name) {
  const bool keeps_ends = without_end_spaces(name).size() == name.size();
  if (!is_ascii(name) || looks_encoded(name) || !keeps_ends) return put_encoded(gap, name);
  const std::string phrase = plain_phrase(name);
  if (phrase.size() <= kPhraseMax) return put(gap, phrase);
  if (longest_run(phrase, true) >= kSpacesMax || longest_run(phrase, false) > kWordMax) return put_encoded(gap, name);
  put_words(std::string(gap) + phrase, [](std::string_view) { return false; });
}

void HeaderWriter::mailboxes(std::string_view name, const std::vector<Mailbox>& mailboxes) {
  if (mailboxes.empty()) return;
  begin(name);
  for (const Mailbox& mailbox : mailboxes) {
    if (!is_empty_) {
      out_ += ',';
      ++column_;
    }
    const std::string address = address_of(mailbox);
    if (addresses_ == Addresses::in_ascii && !is_ascii(address)) {
      put_encoded(" ", mailbox.name.empty() ? address : mailbox.name + ' ' + address);
      put(" ", ":;", 1);
      continue;
    }
    if (!mailbox.name.empty()) put_phrase(" ", mailbox.name);
    put(" ", mailbox.name.empty() ? address : "<" + address + ">", 1);
  }
  end();
}

}  // namespace jobd
