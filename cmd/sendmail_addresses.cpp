#include "cmd/sendmail_addresses.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "shared/address.h"
#include "shared/unicode.h"

namespace jobd::cmd {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// What stands between two separators.
class Element {
 public:
  // c stands at `place`, outside of comments. Blanks between words stay as one, and make the whole no address.
  void take(char c, std::size_t place, bool is_quoted) {
    if (is_blank(c) && !is_quoted) {
      is_interrupted_ = !bare_.empty();
      return;
    }
    if (std::exchange(is_interrupted_, false)) bare_ += ' ';
    if (c == '@' && !is_quoted) has_at_ = true;
    bare_ += c;
    end_ = place + 1;
  }
  void open_angle() {
    in_angle_ = true;
    has_name_ = !bare_.empty();
    bare_.clear();
    has_at_ = is_interrupted_ = false;
  }
  void close_angle(std::size_t place) {
    in_angle_ = false;
    is_closed_ = true;
    end_ = place;
  }
  bool in_angle() const { return in_angle_; }
  bool is_closed() const { return is_closed_; }
  bool has_angle() const { return in_angle_ || is_closed_; }
  bool has_name() const { return has_name_; }  // in front of the angle bracket
  bool has_at() const { return has_at_; }

  // The address, with the domain where it has none; where that goes into the list, if anywhere. No address: nothing is
  // there but blanks and comments, or angle brackets around nothing.
  struct Found {
    std::string address;
    std::optional<std::size_t> domain_at;
  };
  Found found(const std::string& domain) const {
    if (bare_.empty() || has_at_) return {bare_, std::nullopt};
    return {bare_ + '@' + domain, end_};
  }

 private:
  std::string bare_;
  std::size_t end_ = 0;
  bool has_at_ = false;
  bool is_interrupted_ = false;  // by a blank, since the last character
  bool has_name_ = false;
  bool in_angle_ = false;
  bool is_closed_ = false;
};

class Qualifier {
 public:
  Qualifier(std::string_view list, const std::string& domain) : list_(list), domain_(domain) {}

  Result<Qualified> run() {
    for (; at_ < list_.size(); ++at_) {
      if (Result<Done> taken = take(list_[at_]); !taken) return std::move(taken).error();
    }
    if (comments_ > 0 || quoted_) return Error{Code::invalid_field, "a comment or a quoted string has no end"};
    if (Result<Done> ended = end_element(); !ended) return std::move(ended).error();
    out_.text += list_.substr(copied_);
    return std::move(out_);
  }

 private:
  Result<Done> take(char c) {
    if (c == '\\' && (quoted_ || comments_ > 0) && at_ + 1 < list_.size()) {
      if (comments_ == 0) add(c);
      ++at_;
      if (comments_ == 0) add(list_[at_]);
    } else if (comments_ > 0) {
      comments_ += c == '(' ? 1 : c == ')' ? -1 : 0;
    } else if (c == '"') {
      quoted_ = !quoted_;
      add(c);
    } else if (quoted_) {
      add(c);
    } else if (c == '(') {
      ++comments_;
    } else {
      return take_bare(c);
    }
    return Done{};
  }

  Result<Done> take_bare(char c) {
    const bool in_angle = element_.in_angle();
    if (c == '<' && !in_angle) {
      if (element_.is_closed()) return Error{Code::invalid_field, "between two addresses is no comma"};
      element_.open_angle();
    } else if (c == '>' && in_angle) {
      element_.close_angle(at_);
    } else if (c == ':' && !element_.has_angle() && !element_.has_at()) {
      element_ = {};  // behind a group's name
    } else if ((c == ',' || c == ';') && !in_angle) {
      return end_element();
    } else {
      add(c);
    }
    return Done{};
  }

  void add(char c) {
    if (!element_.is_closed()) element_.take(c, at_, quoted_);
  }

  Result<Done> end_element() {
    const Element element = std::exchange(element_, {});
    const Element::Found found = element.found(domain_);
    if (found.address.empty() && !element.has_name()) return Done{};
    Result<std::string> address = check_address(found.address);
    if (!address) return Error{Code::invalid_field, '"' + found.address + "\" " + address.error().message};
    out_.addresses.push_back(*std::move(address));
    if (found.domain_at) {
      out_.text += list_.substr(copied_, *found.domain_at - copied_);
      out_.text += '@' + domain_;
      copied_ = *found.domain_at;
    }
    return Done{};
  }

  const std::string_view list_;
  const std::string& domain_;
  Qualified out_;
  std::size_t copied_ = 0;
  std::size_t at_ = 0;
  Element element_;
  bool quoted_ = false;
  int comments_ = 0;  // open ones
};

}  // namespace

Result<Qualified> qualify(std::string_view list, const std::string& domain) {
  return Qualifier(list, domain).run();
}

}  // namespace jobd::cmd
