using System.Net;
using System.Net.Sockets;

namespace VisualChat.Pipeline.Serving.Images;

/// <summary>
/// Tells addresses of the public internet from addresses of this machine and its own networks.
/// </summary>
internal static class PublicAddress
{
    // The special-purpose addresses of the IANA registries that lead to a near host, or to none.
    private static readonly IPNetwork[] Special =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
            "192.0.0.0/24", "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
            "203.0.113.0/24", "224.0.0.0/3",
            "::/96", "64:ff9b:1::/48", "100::/64", "2001:db8::/32", "fc00::/7", "fe80::/10", "ff00::/8",
        }.Select(network => IPNetwork.Parse(network)),
    ];

    // Networks whose addresses carry an IPv4 address, and the byte it begins at: NAT64 and 6to4.
    private static readonly (IPNetwork Network, int Start)[] Carriers =
        [(IPNetwork.Parse("64:ff9b::/96"), 12), (IPNetwork.Parse("2002::/16"), 2)];

    public static bool IsPublic(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
            foreach ((IPNetwork network, int start) in Carriers)
                if (network.Contains(address))
                    return IsPublic(new IPAddress(address.GetAddressBytes().AsSpan(start, 4)));
        return !Special.Any(network => network.Contains(address));
    }
}
