#include "app/client/client.hpp"

#include "app/access.hpp"
#include "app/client/command.hpp"
#include "app/client/shell.hpp"
#include "app/text.hpp"

#include <iostream>
#include <unistd.h>

namespace kv::app {

namespace {

exit_status run(const std::string& name, const std::vector<std::string>& args,
                const options& opts) {
  auto is_terminal = ::isatty(STDERR_FILENO) == 1;
  const auto* what = find_client_command(name);
  if (what != nullptr && what->run_offline != nullptr) {
    run_offline_command(*what, {opts, std::cout, std::cerr, is_terminal}, args);
    return std::cout.flush() ? exit_status::ok : exit_status::failed;
  }
  server_link server{address_of(opts)};
  command_context context{server, std::cin, std::cout, std::cerr, is_terminal};
  if (name == "shell")
    return run_shell(context);
  run_client_command(*what, context, args);
  return std::cout.flush() ? exit_status::ok : exit_status::failed;
}

} // namespace

server_address address_of(const options& opts) {
  server_address result;
  result.host = opts.host.empty() ? opts.bind : opts.host;
  if (result.host == "0.0.0.0")
    result.host = "127.0.0.1";
  else if (result.host == "::")
    result.host = "::1";
  if (opts.resp_port.value_or(0) == 0)
    throw refusal{exit_status::usage,
                  "resp-port: a client needs the port of a server"};
  result.port = *opts.resp_port;
  result.password = password_of(opts);
  result.tls = !opts.tls_cert.empty() || !opts.tls_ca.empty();
  result.tls_ca = opts.tls_ca;
  result.tls_cert = opts.tls_cert;
  result.tls_key = opts.tls_key;
  return result;
}

int run_client(const std::string& name, const std::vector<std::string>& args,
               const options& opts) {
  auto complain = [](exit_status status, const char* reason) {
    std::cout.flush();
    std::cerr << "kv: " << on_one_line(reason) << '\n';
    return static_cast<int>(status);
  };
  try {
    return static_cast<int>(run(name, args, opts));
  } catch (const command_failure& reason) {
    return complain(reason.status(), reason.what());
  } catch (const cannot_connect& reason) {
    return complain(exit_status::no_connection,
                    (std::string{"cannot connect: "} + reason.what()).c_str());
  }
}

} // namespace kv::app
