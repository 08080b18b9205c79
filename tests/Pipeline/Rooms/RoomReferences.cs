using System.Text.RegularExpressions;
using Mono.Cecil;
using Mono.Cecil.Cil;

namespace VisualChat.Pipeline.Tests.Rooms;

/// <summary>
/// Which rooms of a program use which: a room is a folder below the project's own, and its
/// namespace. Uses are read from the compiled assembly: base types, members, attributes and the
/// code of methods, closures and state machines with their outermost type. The compiler copies
/// constants, so the files' <c>using</c> lines count too.
/// </summary>
internal sealed partial class RoomReferences
{
    private readonly string _root;
    private readonly SortedDictionary<(string From, string To), SortedSet<string>> _arrows = [];

    /// <param name="assemblyPath">The compiled program.</param>
    /// <param name="sourceFolder">The folder of its sources.</param>
    /// <param name="rootNamespace">The namespace whose next segment is the room.</param>
    public RoomReferences(string assemblyPath, string sourceFolder, string rootNamespace)
    {
        _root = rootNamespace + ".";
        using ModuleDefinition module = ModuleDefinition.ReadModule(assemblyPath);
        foreach (TypeDefinition type in module.Types)
        {
            foreach (TypeReference used in Everything(type).SelectMany(UsedBy))
                Add(RoomOf(type.Namespace), RoomOf(Outermost(used).Namespace), type.Name);
        }

        foreach (string folder in Directory.GetDirectories(sourceFolder))
        {
            foreach (string path in Directory.GetFiles(folder, "*.cs", SearchOption.AllDirectories))
            {
                foreach (Match line in Using().Matches(File.ReadAllText(path)))
                    Add(Path.GetFileName(folder), RoomOf(line.Groups[1].Value), Path.GetFileNameWithoutExtension(path));
            }
        }

        Rooms = [.. module.Types.Select(type => RoomOf(type.Namespace)).OfType<string>().Distinct()];
        Assemblies = [.. module.AssemblyReferences.Select(reference => reference.Name)];
    }

    /// <summary>All rooms.</summary>
    public IReadOnlyList<string> Rooms { get; }

    /// <summary>The assemblies it refers to.</summary>
    public IReadOnlyList<string> Assemblies { get; }

    /// <summary>Every room that uses another, with the types that do.</summary>
    public IEnumerable<(string From, string To, IReadOnlyCollection<string> By)> Arrows =>
        _arrows.Select(arrow => (arrow.Key.From, arrow.Key.To, (IReadOnlyCollection<string>)arrow.Value));

    [GeneratedRegex(@"^using (?:static )?(?:\w+ = )?(VisualChat\.[\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Using();

    private void Add(string? from, string? to, string by)
    {
        if (from is null || to is null || from == to)
            return;
        if (!_arrows.TryGetValue((from, to), out SortedSet<string>? users))
            _arrows.Add((from, to), users = new SortedSet<string>(StringComparer.Ordinal));
        users.Add(by);
    }

    private string? RoomOf(string name) =>
        name.StartsWith(_root, StringComparison.Ordinal) ? name[_root.Length..].Split('.')[0] : null;

    private static TypeReference Outermost(TypeReference type) =>
        type.DeclaringType is null ? type.GetElementType() : Outermost(type.DeclaringType);

    private static IEnumerable<TypeDefinition> Everything(TypeDefinition type) =>
        type.NestedTypes.SelectMany(Everything).Prepend(type);

    private static IEnumerable<TypeReference> UsedBy(TypeDefinition type)
    {
        IEnumerable<TypeReference?> used =
        [
            type.BaseType,
            .. type.Interfaces.Select(implemented => implemented.InterfaceType),
            .. AttributesOf(type),
            .. type.Fields.Select(field => field.FieldType),
            .. type.Fields.SelectMany(AttributesOf),
            .. type.Properties.Select(property => property.PropertyType),
            .. type.Properties.SelectMany(AttributesOf),
            .. type.Methods.SelectMany(UsedBy),
        ];
        return used.OfType<TypeReference>().SelectMany(Parts);
    }

    private static IEnumerable<TypeReference> UsedBy(MethodDefinition method) =>
    [
        method.ReturnType,
        .. method.Parameters.Select(parameter => parameter.ParameterType),
        .. method.GenericParameters
            .SelectMany(parameter => parameter.Constraints)
            .Select(constraint => constraint.ConstraintType),
        .. AttributesOf(method),
        .. method.HasBody ? UsedBy(method.Body) : [],
    ];

    private static IEnumerable<TypeReference> UsedBy(MethodBody body) =>
    [
        .. body.Variables.Select(variable => variable.VariableType),
        .. body.ExceptionHandlers.Select(handler => handler.CatchType).OfType<TypeReference>(),
        .. body.Instructions.SelectMany(UsedBy),
    ];

    private static IEnumerable<TypeReference> UsedBy(Instruction instruction) => instruction.Operand switch
    {
        TypeReference type => [type],
        GenericInstanceMethod method => [method.DeclaringType, method.ReturnType, .. method.GenericArguments],
        MethodReference method =>
        [
            method.DeclaringType,
            method.ReturnType,
            .. method.Parameters.Select(parameter => parameter.ParameterType),
        ],
        FieldReference field => [field.DeclaringType, field.FieldType],
        _ => [],
    };

    private static IEnumerable<TypeReference> AttributesOf(ICustomAttributeProvider provider) =>
        provider.CustomAttributes.Select(attribute => attribute.AttributeType);

    /// <summary>
    /// A type and the types it is built from: the arguments of a generic one, the element of an
    /// array.
    /// </summary>
    private static IEnumerable<TypeReference> Parts(TypeReference type) => type switch
    {
        GenericInstanceType generic => generic.GenericArguments.SelectMany(Parts).Append(generic.ElementType),
        TypeSpecification built => Parts(built.ElementType),
        GenericParameter => [],
        _ => [type],
    };
}
