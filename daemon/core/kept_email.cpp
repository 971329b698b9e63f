#include "daemon/core/kept_email.h"

#include "daemon/core/byte_codec.h"
#include "shared/codec.h"

namespace jobd {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr char kJson = '{';

void write_mailbox(ByteWriter& out, const Mailbox& mailbox) {
  out.text(mailbox.name);
  out.text(mailbox.address);
}
Mailbox read_mailbox(ByteReader& in) {
  Mailbox mailbox;
  mailbox.name = in.text();
  mailbox.address = in.text();
  return mailbox;
}

void write_header(ByteWriter& out, const Header& header) {
  out.text(header.name);
  out.text(header.value);
}
Header read_header(ByteReader& in) {
  Header header;
  header.name = in.text();
  header.value = in.text();
  return header;
}

void write_attachment(ByteWriter& out, const Attachment& attachment) {
  out.text(attachment.filename);
  out.text(attachment.content);
  out.text(attachment.content_type);
  out.text(attachment.content_id);
}
Attachment read_attachment(ByteReader& in) {
  Attachment attachment;
  attachment.filename = in.text();
  attachment.content = in.text();
  attachment.content_type = in.text();
  attachment.content_id = in.text();
  return attachment;
}

void write_text(ByteWriter& out, const std::string& text) {
  out.text(text);
}
std::string read_text(ByteReader& in) {
  return in.text();
}

template <typename T>
void write_list(ByteWriter& out, const std::vector<T>& list, void (*write)(ByteWriter&, const T&)) {
  out.number(list.size());
  for (const T& item : list) write(out, item);
}
template <typename T>
std::vector<T> read_list(ByteReader& in, T (*read)(ByteReader&)) {
  std::vector<T> list;
  for (std::size_t left = in.count(); left > 0 && !in.failed(); --left) list.push_back(read(in));
  return list;
}

template <typename T>
void write_optional(ByteWriter& out, const std::optional<T>& value, void (*write)(ByteWriter&, const T&)) {
  out.number(value ? 1 : 0);
  if (value) write(out, *value);
}
template <typename T>
std::optional<T> read_optional(ByteReader& in, T (*read)(ByteReader&)) {
  if (in.number_to(1) == 0) return std::nullopt;
  return read(in);
}

// What the texts take, and the lengths before them.
std::size_t bytes_of(const Email& email) {
  constexpr std::size_t kRest = 512;
  const std::size_t bytes = kRest + (email.to.size() + email.cc.size() + email.bcc.size()) * 64 + email.subject.size();
  return bytes + email.attachments.size() * kRest + content_bytes(email);
}

}  // namespace

std::string pack_email(const Email& email) {
  ByteWriter out(kVersion, bytes_of(email));
  write_optional(out, email.from, write_mailbox);
  write_list(out, email.to, write_mailbox);
  write_list(out, email.cc, write_mailbox);
  write_list(out, email.bcc, write_mailbox);
  write_list(out, email.reply_to, write_mailbox);
  out.text(email.subject);
  write_optional(out, email.text, write_text);
  write_optional(out, email.html, write_text);
  write_optional(out, email.raw, write_text);
  write_list(out, email.headers, write_header);
  write_list(out, email.attachments, write_attachment);
  return out.take();
}

Result<Email> unpack_email(std::string_view bytes) {
  if (bytes.starts_with(kJson)) return decode_email(bytes);
  ByteReader in(bytes, kVersion);
  Email email;
  email.from = read_optional(in, read_mailbox);
  email.to = read_list(in, read_mailbox);
  email.cc = read_list(in, read_mailbox);
  email.bcc = read_list(in, read_mailbox);
  email.reply_to = read_list(in, read_mailbox);
  email.subject = in.text();
  email.text = read_optional(in, read_text);
  email.html = read_optional(in, read_text);
  email.raw = read_optional(in, read_text);
  email.headers = read_list(in, read_header);
  email.attachments = read_list(in, read_attachment);
  if (!in.whole()) return Error{Code::internal, "the stored email is damaged"};
  return email;
}

}  // namespace jobd
