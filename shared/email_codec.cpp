#include "shared/email_codec.h"

#include <algorithm>
#include <array>

#include "shared/address.h"
#include "shared/base64.h"
#include "shared/raw_message.h"
#include "shared/unicode.h"

namespace jobd {
namespace {

// Headers that have a field of their own or belong to the transport; a trailing * stands for any ending.
constexpr std::array<std::string_view, 15> kRefusedHeaders{
    "From",         "To",        "Cc",       "Bcc",         "Subject",        "Reply-To", "Date",    "Message-ID",
    "MIME-Version", "Content-*", "Received", "Return-Path", "DKIM-Signature", "ARC-*",    "Resent-*"};

bool is_refused_header(std::string_view name) {
  return std::ranges::any_of(kRefusedHeaders, [name](std::string_view refused) {
    if (!refused.ends_with('*')) return equal_ignoring_case(name, refused);
    refused.remove_suffix(1);
    return equal_ignoring_case(name.substr(0, refused.size()), refused);
  });
}

bool is_header_name(std::string_view name) {
  return !name.empty() && name.size() <= limits::kHeaderNameBytes &&
         std::ranges::all_of(name, [](char c) { return c > ' ' && c < 127 && c != ':'; });
}

// With the spaces before it, at which its line may begin.
bool has_long_word(std::string_view value) {
  std::size_t length = 0;
  char before = ' ';
  return std::ranges::any_of(value, [&](char c) {
    length = c == ' ' && before != ' ' ? 1 : length + 1;
    before = c;
    return length > limits::kHeaderWordBytes;
  });
}

// What goes between angle brackets and into "cid:...". As lenient as Message-IDs in the wild: no @ is asked for.
bool is_content_id(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 127 && c != '<' && c != '>'; });
}

std::optional<std::string> problem_with_type(std::string_view type) {
  const auto is_token = [](std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
      return c > ' ' && c < 127 && std::string_view("()<>@,;:\\\"/[]?=").find(c) == std::string_view::npos;
    });
  };
  const std::string_view essence = type.substr(0, type.find(';'));
  const std::size_t slash = essence.find('/');
  if (slash == std::string_view::npos || !is_token(essence.substr(0, slash)) ||
      !is_token(essence.substr(slash + 1, essence.find_last_not_of(' ') - slash))) {
    return "must be a media type like \"image/png\"";
  }
  if (equal_ignoring_case(essence.substr(0, slash), "multipart")) return "must not be a multipart type";
  if (!std::ranges::all_of(type, [](char c) { return c >= ' ' && c < 127; })) return "must be ASCII";
  return std::nullopt;
}

// "a@b", "Name <a@b>" or {"email":...,"name":...}.
std::optional<Mailbox> read_mailbox(ObjectReader& fields, const std::string& path, const Json& value) {
  if (value.is_string()) {
    Result<Mailbox> mailbox = parse_mailbox(value.get_ref<const std::string&>());
    if (mailbox && mailbox->name.size() <= limits::kHeaderBytes) return *std::move(mailbox);
    fields.fail(path, mailbox ? "has a name that is too long" : mailbox.error().message);
    return std::nullopt;
  }
  if (!value.is_object()) {
    fields.fail(path, R"(must be an address, "Name <address>" or {"email":...,"name":...})");
    return std::nullopt;
  }
  std::optional<Error> error;
  ObjectReader inner(value, fields.path_of(path), error);
  Mailbox mailbox;
  mailbox.name = inner.text("name", {.bytes_max = limits::kHeaderBytes}).value_or("");
  const auto email = inner.text("email", {});
  if (!email) inner.fail("email", "is missing", Code::missing_field);
  inner.refuse_unknown();
  if (email) {
    Result<std::string> address = check_address(*email);
    if (address) {
      mailbox.address = *std::move(address);
    } else {
      inner.fail("email", address.error().message);
    }
  }
  if (error) {
    fields.adopt(*std::move(error));
    return std::nullopt;
  }
  return mailbox;
}

std::vector<Mailbox> read_mailboxes(ObjectReader& fields, std::string_view key, std::size_t most) {
  std::vector<Mailbox> out;
  const Json* value = fields.find(key);
  if (value == nullptr) return out;
  const std::string name(key);
  if (!value->is_array()) {
    if (auto mailbox = read_mailbox(fields, name, *value)) out.push_back(*std::move(mailbox));
    return out;
  }
  if (value->size() > most) {
    fields.fail(key, "has more than " + std::to_string(most) + " addresses");
    return out;
  }
  for (std::size_t i = 0; i < value->size(); ++i) {
    auto mailbox = read_mailbox(fields, name + "[" + std::to_string(i) + "]", (*value)[i]);
    if (!mailbox) break;
    out.push_back(*std::move(mailbox));
  }
  return out;
}

std::vector<Header> read_headers(ObjectReader& fields) {
  std::vector<Header> out;
  const Json* object = fields.object("headers");
  if (object == nullptr) return out;
  if (object->size() > limits::kHeaders) {
    fields.fail("headers", "has more than " + std::to_string(limits::kHeaders) + " headers");
    return out;
  }
  for (const auto& item : object->items()) {
    const std::string path = "headers." + item.key();
    if (!is_header_name(item.key())) {
      fields.fail("headers", "has a name that is no header name");
    } else if (is_refused_header(item.key())) {
      fields.fail(path, "cannot be set here: it has a field of its own or belongs to the transport");
    } else if (!item.value().is_string()) {
      fields.fail(path, "must be a string");
    } else {
      const auto& value = item.value().get_ref<const std::string&>();
      if (auto problem = broken_rule(value, {.bytes_max = limits::kHeaderValueBytes})) {
        fields.fail(path, *std::move(problem));
      } else if (has_long_word(value)) {
        fields.fail(path, "has a word longer than " + std::to_string(limits::kHeaderWordBytes) +
                              " bytes, which no line can hold");
      }
      out.push_back({item.key(), value});
    }
    if (fields.failed()) break;
  }
  return out;
}

std::optional<Attachment> read_attachment(ObjectReader& inner) {
  Attachment out;
  auto filename = inner.text("filename", {.bytes_max = limits::kFilenameBytes, .may_be_empty = false});
  if (!filename) inner.fail("filename", "is missing", Code::missing_field);
  if (filename && filename->find_first_of("/\\") != std::string::npos)
    inner.fail("filename", "must not contain a path");
  const Json* content = inner.find("content");
  if (content == nullptr) {
    inner.fail("content", "is missing", Code::missing_field);
  } else if (!content->is_string()) {
    inner.fail("content", "must be a string of base64");
  } else if (auto bytes = decode_base64(content->get_ref<const std::string&>())) {
    out.content = *std::move(bytes);
  } else {
    inner.fail("content", "is no base64 (RFC 4648 section 4, with padding)");
  }
  out.content_type = inner.text("content_type", {.bytes_max = limits::kContentTypeBytes}).value_or("");
  if (!out.content_type.empty()) {
    if (auto problem = problem_with_type(out.content_type)) inner.fail("content_type", *std::move(problem));
  }
  out.content_id = inner.text("content_id", {.bytes_max = limits::kContentIdBytes}).value_or("");
  if (!is_content_id(out.content_id)) inner.fail("content_id", "must be ASCII without < > and spaces");
  inner.refuse_unknown();
  if (inner.failed()) return std::nullopt;
  out.filename = *std::move(filename);
  return out;
}

std::vector<Attachment> read_attachments(ObjectReader& fields) {
  std::vector<Attachment> out;
  const Json::array_t* items = fields.array("attachments", limits::kAttachments);
  if (items == nullptr) return out;
  for (std::size_t i = 0; i < items->size(); ++i) {
    std::optional<Error> error;
    ObjectReader inner((*items)[i], fields.path_of("attachments[" + std::to_string(i) + "]"), error);
    auto attachment = read_attachment(inner);
    if (error) {
      fields.adopt(*std::move(error));
      break;
    }
    out.push_back(*std::move(attachment));
  }
  return out;
}

// The recipients a finished message names itself, where `to` says none.
void take_recipients_from_raw(ObjectReader& fields, std::string_view key, const RawHeader& header, Email& email) {
  const auto take = [&](std::string_view name, std::vector<Mailbox>& into) {
    for (const std::string& value : header.values(name)) {
      Result<std::vector<Mailbox>> list = mailboxes_of(value);
      if (!list)
        return fields.fail(key, "has in its header " + std::string(name) + " an address: " + list.error().message);
      into.insert(into.end(), list->begin(), list->end());
    }
  };
  take("To", email.to);
  take("Cc", email.cc);
  take("Bcc", email.bcc);
}

void take_from_from_raw(ObjectReader& fields, std::string_view key, const RawHeader& header, Email& email) {
  const auto values = header.values("From");
  if (values.empty()) return;
  Result<std::vector<Mailbox>> list = mailboxes_of(values.front());
  if (!list) return fields.fail(key, "has in its header From an address: " + list.error().message);
  if (!list->empty()) email.from = list->front();
}

// Text behind the fields, or a header gone wrong, with a Bcc behind it? Nobody but the sender knows.
void check_raw(ObjectReader& fields, std::string_view key, std::string_view raw, const RawHeader& header) {
  if (header.fields.empty()) return fields.fail(key, "must begin with header fields");
  const std::string_view rest = raw.substr(header.end);
  if (rest.empty() || rest.front() == '\r' || rest.front() == '\n') return;
  const std::string line(rest.substr(0, std::min<std::size_t>(rest.find_first_of("\r\n"), 64)));
  fields.fail(key, "has behind its fields a line that is none, where an empty one must stand: \"" + line + '"');
}

void read_raw(ObjectReader& fields, Origin origin, Email& email) {
  const Json* raw = fields.find("raw");
  const Json* encoded = fields.find("raw_base64");
  if (raw == nullptr && encoded == nullptr) return;
  const std::string_view key = raw != nullptr ? "raw" : "raw_base64";
  const Json& value = raw != nullptr ? *raw : *encoded;
  if (raw != nullptr && encoded != nullptr) return fields.fail("raw_base64", "cannot stand beside raw");
  if (!value.is_string()) return fields.fail(key, "must be a string");
  email.raw = raw != nullptr ? value.get<std::string>() : decode_base64(value.get_ref<const std::string&>());
  if (!email.raw) return fields.fail(key, "is no base64 (RFC 4648 section 4, with padding)");
  if (email.raw->empty()) return fields.fail(key, "must not be empty");
  if (email.raw->find('\0') != std::string::npos) return fields.fail(key, "contains a NUL character");
  const RawHeader header = read_header(*email.raw);
  if (origin == Origin::request) check_raw(fields, key, *email.raw, header);
  if (fields.failed()) return;
  const bool has_parts = email.text || email.html || !email.subject.empty() || !email.headers.empty() ||
                         !email.attachments.empty() || !email.cc.empty() || !email.reply_to.empty();
  if (has_parts)
    return fields.fail(key, "stands instead of subject, body, html, headers, cc, reply_to and attachments");
  const auto subjects = header.values("Subject");
  if (!subjects.empty()) email.subject = subjects.front().substr(0, limits::kHeaderBytes);
  if (email.to.empty() && email.bcc.empty()) take_recipients_from_raw(fields, key, header, email);
  if (!email.from) take_from_from_raw(fields, key, header, email);
}

void read_bodies(ObjectReader& fields, Email& email) {
  email.text = fields.text("text", {.is_body = true});
  auto body = fields.text("body", {.is_body = true});
  if (body && email.text) fields.fail("body", "means the same as text; give one of them");
  if (body) email.text = std::move(body);
  email.html = fields.text("html", {.is_body = true});
}

void check_sizes(ObjectReader& fields, const Email& email, const CodecLimits& limits) {
  const std::size_t bytes = content_bytes(email);
  if (bytes > limits.content_bytes) {
    fields.fail("",
                "the content has " + std::to_string(bytes) + " bytes; at most " + std::to_string(limits.content_bytes) +
                    " are taken",
                Code::too_large);
  }
  const std::size_t recipients = email.to.size() + email.cc.size() + email.bcc.size();
  if (recipients > limits.recipients) {
    fields.fail("to", "and cc and bcc have " + std::to_string(recipients) + " recipients; at most " +
                          std::to_string(limits.recipients) + " are taken");
  }
  if (recipients == 0) fields.fail("to", "is missing; name at least one recipient", Code::missing_field);
}

OrderedJson mailbox_json(const Mailbox& mailbox) {
  if (mailbox.name.empty()) return mailbox.address;
  return {{"email", mailbox.address}, {"name", mailbox.name}};
}

void write_mailboxes(const std::vector<Mailbox>& mailboxes, const char* key, OrderedJson& out) {
  if (mailboxes.empty()) return;
  OrderedJson& list = out[key] = OrderedJson::array();
  for (const Mailbox& mailbox : mailboxes) list.push_back(mailbox_json(mailbox));
}

}  // namespace

Email read_email(ObjectReader& fields, const CodecLimits& limits, Origin origin) {
  Email email;
  email.to = read_mailboxes(fields, "to", limits.recipients);
  email.cc = read_mailboxes(fields, "cc", limits.recipients);
  email.bcc = read_mailboxes(fields, "bcc", limits.recipients);
  email.reply_to = read_mailboxes(fields, "reply_to", limits::kReplyToAddresses);
  if (const Json* from = fields.find("from")) email.from = read_mailbox(fields, "from", *from);
  email.subject = fields.text("subject", {.bytes_max = limits::kHeaderBytes}).value_or("");
  read_bodies(fields, email);
  email.headers = read_headers(fields);
  email.attachments = read_attachments(fields);
  read_raw(fields, origin, email);
  if (!fields.failed()) check_sizes(fields, email, limits);
  return email;
}

void write_email(const Email& email, OrderedJson& out) {
  write_mailboxes(email.to, "to", out);
  if (email.from) out["from"] = mailbox_json(*email.from);
  if (email.raw) {
    write_mailboxes(email.bcc, "bcc", out);
    out["raw_base64"] = encode_base64(*email.raw);
    return;
  }
  write_mailboxes(email.cc, "cc", out);
  write_mailboxes(email.bcc, "bcc", out);
  write_mailboxes(email.reply_to, "reply_to", out);
  if (!email.subject.empty()) out["subject"] = email.subject;
  if (email.text) out["body"] = *email.text;
  if (email.html) out["html"] = *email.html;
  if (!email.headers.empty()) {
    OrderedJson& headers = out["headers"] = OrderedJson::object();
    for (const Header& header : email.headers) headers[header.name] = header.value;
  }
  if (email.attachments.empty()) return;
  OrderedJson& list = out["attachments"] = OrderedJson::array();
  for (const Attachment& attachment : email.attachments) {
    OrderedJson item{{"filename", attachment.filename}, {"content", encode_base64(attachment.content)}};
    if (!attachment.content_type.empty()) item["content_type"] = attachment.content_type;
    if (!attachment.content_id.empty()) item["content_id"] = attachment.content_id;
    list.push_back(std::move(item));
  }
}

std::string encode_email(const Email& email) {
  OrderedJson out = OrderedJson::object();
  write_email(email, out);
  return dump_json(out);
}

Result<Email> decode_email(std::string_view json) {
  const auto damaged = [](const std::string& why) { return Error{Code::internal, "the email is damaged: " + why}; };
  Result<Json> tree = parse_json(json);
  if (!tree) return damaged(tree.error().message);
  std::optional<Error> error;
  ObjectReader fields(*tree, "", error);
  Email email = read_email(fields, {.content_bytes = SIZE_MAX, .recipients = SIZE_MAX}, Origin::store);
  if (error) return damaged(error->message);
  return email;
}

}  // namespace jobd
