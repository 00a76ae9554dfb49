class BadPythonSyntax(:
    pass
