// MustacheTemplates: a folder of templates for mails, in Mustache.
//
// A template NAME is up to three files: NAME.subject, NAME.txt and NAME.html, of which one of the last two must be
// there. {{x}} is the variable x, in .html with & < > " ' escaped; {{{x}}} and {{&x}} as it is; {{user.name}} goes into
// an object; {{#x}}...{{/x}} is there for each item of a list, or once for what is neither missing, null, false nor
// empty; {{^x}}...{{/x}} otherwise; {{!...}} is a comment. {{>x}} takes in the file x of the same ending, at most
// kTemplateDepth deep, which is also what ends a circle. {{=...=}}, other marks than braces, is not taken.
//
// Mustache shows nothing for a variable that is missing. Here that is an error: a mail with a hole in it is worse than
// none. A section asks, so what it asks for may be missing. Also an error is a list or an object where a text should
// be.
//
// Files are read at each call: whoever edits one needs no reload, and replaces it by a rename if half of it must never
// be seen.
#pragma once

#include <string>

#include "daemon/core/templates.h"

namespace jobd {

// Immutable, any thread.
class MustacheTemplates final : public Templates {
 public:
  explicit MustacheTemplates(std::string folder) : folder_(std::move(folder)) {}

  Result<RenderedMail> render(const TemplateCall& call, bool with_subject, std::size_t bytes_max) const override;

 private:
  const std::string folder_;
};

}  // namespace jobd
