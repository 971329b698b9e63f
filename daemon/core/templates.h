// Templates: the port to what turns a template's name and its variables into the words of a mail.
#pragma once

#include <optional>
#include <string>

#include "shared/requests.h"
#include "shared/result.h"

namespace jobd {

struct RenderedMail {
  std::optional<std::string> subject;  // none: the template leaves it to the submitter
  std::optional<std::string> text;     // at least one of the two
  std::optional<std::string> html;
};

// Thread-safe.
class Templates {
 public:
  virtual ~Templates() = default;
  // with_subject: false where the submitter gave one, which goes before the template's. bytes_max: of text and html
  // together. Errors: invalid_field, on "template" when there is none of that name or it is broken, on "variables.x"
  // when it shows x and x is not there or no text; too_large.
  virtual Result<RenderedMail> render(const TemplateCall& call, bool with_subject, std::size_t bytes_max) const = 0;
};

}  // namespace jobd
