/** Whether a host name means this machine. */
export function isLoopback(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/^\[|\]$/g, "");
  return host === "localhost" || host.endsWith(".localhost") || host === "::1" || /^127\./.test(host);
}

/**
 * Whether `NO_PROXY` exempts a URL: `*`, a host (its subdomains included, with or without a leading dot), each optionally with a port.
 * Address ranges (CIDR) are not understood, since an account is reached by name.
 */
export function bypassesProxy(url: URL, noProxy: string): boolean {
  const host = url.hostname.toLowerCase();
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return noProxy.split(/[\s,]+/).filter((entry) => entry !== "").some((entry) => {
    if (entry === "*") return true;
    const [, name = "", entryPort] = /^(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
    const suffix = name.replace(/^\*?\./, "");
    return (entryPort === undefined || entryPort === port) &&
      (host === suffix || host.endsWith(`.${suffix}`));
  });
}
