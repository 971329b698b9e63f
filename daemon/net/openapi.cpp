#include "daemon/net/openapi.h"

#include <algorithm>
#include <cassert>
#include <map>

#include "daemon/net/openapi_parts.h"
#include "daemon/net/openapi_schema.h"

namespace jobd {
namespace {

using namespace openapi;

constexpr std::string_view kProblem = "application/problem+json";

std::string_view meaning(Code code) {
  switch (code) {
    case Code::invalid_request: return "this is no HTTP as jobd takes it";
    case Code::invalid_json: return "the body is no JSON object";
    case Code::invalid_field: return "a value cannot be taken";
    case Code::missing_field: return "something required is absent";
    case Code::unknown_field: return "there is no such parameter";
    case Code::idempotency_mismatch: return "the key belongs to another request";
    case Code::unknown_operation: return "there is no such path";
    case Code::not_found: return "there is no such job";
    case Code::method_not_allowed: return "the path has no such method";
    case Code::conflict: return "not in the job's present state";
    case Code::gone: return "the job's content was dropped";
    case Code::too_large: return "the body or the email is over the limit";
    case Code::unsupported_media_type: return "the body's type is not taken";
    case Code::unauthorized: return "who asks is not known";
    case Code::forbidden: return "the Host, or the page that asks, is not one that may";
    case Code::rate_limited: return "too many requests";
    case Code::busy: return "too much waits; nothing was kept";
    case Code::draining: return "jobd stops; nothing was kept";
    case Code::unavailable: return "unknown whether it was done; repeat it";
    case Code::storage_full: return "the disk is full; nothing was kept";
    case Code::internal: return "a fault of jobd";
  }
  return {};
}

OrderedJson header(std::string_view name) {
  static const std::map<std::string_view, OrderedJson> kHeaders{
      {"Location", text("The job's path.")},
      {"ETag", text("Stands for the job as it is.")},
      {"Preference-Applied", text("`wait=30`, where Prefer asked for it.")},
      {"Link", text("`</jobs?...>; rel=\"next\"`: the next page, where there is one.")},
      {"Retry-After", count("Seconds until it makes sense to repeat the request.")},
  };
  OrderedJson schema = kHeaders.at(name);
  const OrderedJson description = schema["description"];
  schema.erase("description");
  return {{"description", description}, {"schema", std::move(schema)}};
}

OrderedJson content_json(const std::vector<Content>& contents) {
  OrderedJson out = OrderedJson::object();
  for (const Content& content : contents) {
    OrderedJson& media = out[std::string(content.type)] = {{"schema", content.schema}};
    if (!content.item_schema.is_null()) media["x-item-schema"] = content.item_schema;
  }
  return out;
}

OrderedJson problem_content() {
  return content_json({{kProblem, ref("Problem")}});
}

// Codes of one status make one response. Any request can be malformed, and any POST has a body, be it empty.
void add_errors(const Route& route, bool takes_body, OrderedJson& responses) {
  std::vector<Code> codes = route.errors;
  codes.insert(codes.end(), {Code::invalid_request, Code::invalid_field, Code::unknown_field, Code::forbidden,
                             Code::busy, Code::internal});
  if (takes_body) codes.insert(codes.end(), {Code::invalid_json, Code::too_large, Code::unsupported_media_type});
  std::ranges::sort(codes);
  std::map<int, std::vector<Code>> by_status;
  for (const Code code : codes) by_status[row(code).http_status].push_back(code);
  for (const auto& [status, same] : by_status) {
    std::string description;
    for (const Code code : same) {
      description +=
          (description.empty() ? "`" : "; `") + std::string(row(code).name) + "`: " + std::string(meaning(code));
    }
    OrderedJson& response = responses[std::to_string(status)] = {{"description", description + "."}};
    if (row(same.front()).retryable) response["headers"]["Retry-After"] = header("Retry-After");
    response["content"] = problem_content();
  }
  responses["default"] = {{"description", "Any other error, of HTTP itself."}, {"content", problem_content()}};
}

OrderedJson responses_json(const Route& route, bool takes_body) {
  OrderedJson out = OrderedJson::object();
  for (const Answer& answer : route.answers) {
    OrderedJson& response = out[std::to_string(answer.status)] = {{"description", answer.description}};
    for (const std::string_view name : answer.headers) response["headers"][std::string(name)] = header(name);
    if (!answer.contents.empty()) response["content"] = content_json(answer.contents);
  }
  add_errors(route, takes_body, out);
  return out;
}

OrderedJson parameters_json(const Route& route) {
  OrderedJson out = OrderedJson::array();
  for (const Parameter& parameter : route.parameters) {
    OrderedJson schema = parameter.schema;
    const OrderedJson description = schema["description"];
    schema.erase("description");
    OrderedJson& told = out.emplace_back(OrderedJson{{"name", parameter.name}, {"in", parameter.in}});
    if (parameter.in == "path") told["required"] = true;
    told["description"] = description;
    told["schema"] = std::move(schema);
  }
  return out;
}

void add_example(const Example& example, OrderedJson& operation) {
  const std::string name(example.name);
  for (OrderedJson& parameter : operation["parameters"]) {
    const auto value = example.parameters.find(parameter["name"].get_ref<const std::string&>());
    if (value != example.parameters.end()) parameter["examples"][name] = {{"value", *value}};
  }
  const auto put = [&](OrderedJson& at, std::string_view type, const OrderedJson& value) {
    at["content"][std::string(type)]["examples"][name] = {{"summary", example.summary}, {"value", value}};
  };
  if (!example.body.is_null()) put(operation["requestBody"], example.body_type, example.body);
  if (example.answer.is_null()) return;
  const std::string_view type = example.status < 400 ? example.answer_type : kProblem;
  put(operation["responses"][std::to_string(example.status)], type, example.answer);
}

OrderedJson operation_json(const Operation& operation, const Route& route) {
  OrderedJson out{{"operationId", operation.name},
                  {"tags", OrderedJson::array({route.tag})},
                  {"summary", operation.summary},
                  {"description", route.description}};
  out["parameters"] = parameters_json(route);
  if (!route.body.empty())
    out["requestBody"] = {{"required", route.body_required}, {"content", content_json(route.body)}};
  out["responses"] = responses_json(route, operation.http_method == "POST");
  return out;
}

OrderedJson paths() {
  OrderedJson out = OrderedJson::object();
  const std::vector<Route> all_routes = routes();
  const auto all_examples = examples();
  for (const Operation& operation : operations()) {
    if (operation.http_path.empty()) continue;
    const auto route = std::ranges::find(all_routes, operation.name, &Route::operation);
    assert(route != all_routes.end());
    OrderedJson told = operation_json(operation, *route);
    for (const Example& example : all_examples.at(operation.name)) add_example(example, told);
    std::string method(operation.http_method);
    std::ranges::transform(method, method.begin(), [](char c) { return static_cast<char>(c | 0x20); });
    out[std::string(operation.http_path)][method] = std::move(told);
  }
  return out;
}

OrderedJson document() {
  OrderedJson schemas = OrderedJson::object();
  add_request_schemas(schemas);
  add_reply_schemas(schemas);
  return {
      {"openapi", "3.1.0"},
      {"info",
       {{"title", "jobd"},
        {"version", JOBD_VERSION},
        {"summary", "Durable email jobs for one machine."},
        {"description",
         "An email becomes a job that is safe on disk before the answer comes. jobd delivers it in the background and "
         "tells at any later time what became of every recipient. A duration is a string like `90s`, `15m`, `1h30m` "
         "or `3d`; a time in a reply is UTC with milliseconds. Replies may get new keys in later versions."}}},
      {"servers", {{{"url", "/"}, {"description", "Where this document came from."}}}},
      {"security", OrderedJson::array()},
      {"tags", tags()},
      {"paths", paths()},
      {"components", {{"schemas", std::move(schemas)}}}};
}

}  // namespace

const std::string& openapi_document() {
  static const std::string kDocument = dump_json(document());
  return kDocument;
}

}  // namespace jobd
