// Email: what is to be sent, as the submitter said it, checked (shared/codec) and independent of transports.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace jobd {

// address is bare: "user@example.com"; name is UTF-8 without control characters, empty where there is none.
struct Mailbox {
  std::string name;
  std::string address;
  friend bool operator==(const Mailbox&, const Mailbox&) = default;
};

struct Attachment {
  std::string filename;      // UTF-8, no path separators, no control characters
  std::string content;       // bytes, decoded
  std::string content_type;  // "type/subtype" with optional parameters; empty: application/octet-stream
  std::string content_id;    // without angle brackets; not empty: inline
  friend bool operator==(const Attachment&, const Attachment&) = default;
};

struct Header {
  std::string name;
  std::string value;  // UTF-8, unfolded
  friend bool operator==(const Header&, const Header&) = default;
};

// What delivery status notifications the relays are asked for (RFC 3461). By default none is: their own custom holds.
struct Dsn {
  enum class Return : std::uint8_t { unsaid, full, headers };
  bool never = false;  // excludes the others
  bool success = false;
  bool failure = false;
  bool delay = false;
  Return ret = Return::unsaid;  // how much of the message a notification carries
  bool notify() const { return never || success || failure || delay; }
  friend bool operator==(const Dsn&, const Dsn&) = default;
};

// Either the parts or raw. Text and html are UTF-8 with any line ends.
struct Email {
  std::optional<Mailbox> from;
  std::vector<Mailbox> to;
  std::vector<Mailbox> cc;
  std::vector<Mailbox> bcc;
  std::vector<Mailbox> reply_to;
  std::string subject;
  std::optional<std::string> text;
  std::optional<std::string> html;
  std::vector<Header> headers;
  std::vector<Attachment> attachments;
  std::optional<std::string> raw;  // a whole RFC 5322 message, any line ends

  friend bool operator==(const Email&, const Email&) = default;
};

// Of its texts and attachments, decoded: what limits.content_bytes limits.
std::size_t content_bytes(const Email& email);

}  // namespace jobd
